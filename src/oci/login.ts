import type { AttemptFailed } from "./attempt-failure.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import type { Credential } from "./credential.ts";
import { basicAuthorization, fetchToken, loginFailure, type TokenDeps } from "./token.ts";

export type LoginQuestion = {
  /** The server that answered 401. */
  readonly server: URL;
  /** Its WWW-Authenticate header. */
  readonly header: string | undefined;
  readonly repository: string;
  /** Only for the configured origin; a server we were redirected to is answered as nobody. */
  readonly credential: Credential | undefined;
  /** The scope we name ourselves; undefined where the server's own words must do. */
  readonly scope: string | undefined;
  readonly trustedHosts: ReadonlySet<string>;
};

/** What this client has been given to say in Authorization headers, by origin and repository. */
export interface Logins {
  known(server: URL, repository: string): string | undefined;
  /** What was shown last, also if it has ended since. */
  shown(server: URL, repository: string): Shown | undefined;
  /** A fresh Authorization header for a server that answered 401. */
  answer(question: LoginQuestion, signal: AbortSignal): Promise<string>;
  forget(): void;
}

/** An Authorization header, and until when it is good: milliseconds since the epoch. */
export type Shown = { readonly authorization: string; readonly expiresAt: number };

const MOST_ENTRIES = 1_024;

export function createLogins(deps: TokenDeps): Logins {
  const entries = new Map<string, Shown>();
  const keep = (key: string, entry: Shown): string => {
    entries.delete(key);
    entries.set(key, entry);
    const oldest = entries.keys().next();
    if (entries.size > MOST_ENTRIES && oldest.done !== true) entries.delete(oldest.value);
    return entry.authorization;
  };
  return {
    known(server, repository) {
      const entry = entries.get(keyOf(server, repository));
      return entry !== undefined && entry.expiresAt > deps.clock.now()
        ? entry.authorization
        : undefined;
    },
    shown: (server, repository) => entries.get(keyOf(server, repository)),
    async answer(question, signal) {
      const key = keyOf(question.server, question.repository);
      entries.delete(key);
      return keep(key, await logIn(deps, question, signal));
    },
    forget() {
      entries.clear();
    },
  };
}

const keyOf = (server: URL, repository: string): string => `${server.origin} ${repository}`;

async function logIn(
  deps: TokenDeps,
  question: LoginQuestion,
  signal: AbortSignal,
): Promise<Shown> {
  const { server, credential, trustedHosts } = question;
  const challenges = parseChallenges(question.header ?? "");
  const bearer = challenges.find(({ scheme }) => scheme === "bearer");
  if (bearer !== undefined && credential?.kind === "accessToken") {
    return { authorization: `Bearer ${credential.token}`, expiresAt: Number.POSITIVE_INFINITY };
  }
  if (bearer !== undefined) {
    const scope = question.scope ?? bearer.parameters.get("scope") ?? "";
    const token = await fetchToken(
      deps,
      { challenge: bearer, registry: server, scope, credential, trustedHosts },
      signal,
    );
    return { authorization: `Bearer ${token.value}`, expiresAt: token.expiresAt };
  }
  return basicEntry(challenges, server, credential);
}

function basicEntry(
  challenges: readonly Challenge[],
  server: URL,
  credential: Credential | undefined,
): Shown {
  const offered = challenges.some(({ scheme }) => scheme === "basic");
  if (offered && credential?.kind === "basic") {
    return { authorization: basicAuthorization(credential), expiresAt: Number.POSITIVE_INFINITY };
  }
  throw refused(server, credential);
}

const refused = (server: URL, credential: Credential | undefined): AttemptFailed =>
  loginFailure(server.host, credential);
