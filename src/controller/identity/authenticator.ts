import { createHash } from "node:crypto";
import { type Clock, createThrottle } from "../../runtime/index.ts";
import { IdentityError } from "./errors.ts";
import { type AgentPods, type Caller, callerOf, type Member, memberOf } from "./token-review.ts";

export type AuthenticatorDeps = {
  readonly ours: AgentPods;
  /** The status of a TokenReview for our audience. */
  reviewToken(token: string, signal: AbortSignal): Promise<unknown>;
  /** A pod of our namespace; undefined when there is none of that name. */
  findPod(name: string, signal: AbortSignal): Promise<unknown>;
  readonly clock: Clock;
};

/** Tells by the token that a caller shows which node's agent it is. */
export type Authenticator = {
  /** @throws IdentityError UNAUTHENTICATED, FORBIDDEN, TOO_MANY; and whatever asking the API server throws. */
  authenticate(token: string, signal: AbortSignal): Promise<Member>;
};

const REVIEWS_PER_SECOND = 100;
// The throttle lets 64 KiB pass at once after a pause, so of reviews that cost as much one or two: no burst after which there
// would be more than a hundred in a second.
const REVIEW_COST = 64 * 1024;
const MOST_WAITING = 5_000;

/** An agent shows its token twice in a row, for a certificate and for its session. */
const REMEMBERED_MS = 30_000;
const MOST_REMEMBERED = 10_000;
const LONGEST_TOKEN = 16 * 1024;

export function createAuthenticator(deps: AuthenticatorDeps): Authenticator {
  const { clock, ours } = deps;
  const throttle = createThrottle(REVIEWS_PER_SECOND * REVIEW_COST, clock);
  /** By the hash of the token, oldest first. */
  const remembered = new Map<string, { readonly caller: Caller; readonly untilMs: number }>();
  let waiting = 0;

  async function review(token: string, signal: AbortSignal): Promise<Caller> {
    if (waiting >= MOST_WAITING) {
      throw new IdentityError(
        "TOO_MANY",
        `${waiting} agents wait to be recognised: try again soon`,
      );
    }
    waiting += 1;
    try {
      await throttle.take(REVIEW_COST, signal);
    } finally {
      waiting -= 1;
    }
    return callerOf(await deps.reviewToken(token, signal), ours);
  }

  function remember(key: string, caller: Caller): void {
    remembered.delete(key);
    remembered.set(key, { caller, untilMs: clock.now() + REMEMBERED_MS });
    if (remembered.size > MOST_REMEMBERED) remembered.delete(remembered.keys().next().value ?? "");
  }

  return {
    async authenticate(token, signal) {
      if (token === "" || token.length > LONGEST_TOKEN) {
        throw new IdentityError("UNAUTHENTICATED", "no token was shown that could be one");
      }
      const key = createHash("sha256").update(token).digest("base64");
      const known = remembered.get(key);
      const isFresh = known !== undefined && clock.now() < known.untilMs;
      const caller = isFresh ? known.caller : await review(token, signal);
      // A remembered token is worth nothing once its pod is gone.
      const member = memberOf(caller, await deps.findPod(caller.podName, signal), ours);
      if (!isFresh) remember(key, caller);
      return member;
    },
  };
}
