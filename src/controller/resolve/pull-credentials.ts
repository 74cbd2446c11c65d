import type { RegistryCredential } from "../../api/index.ts";
import type { Clock } from "../../runtime/index.ts";
import { createWorkQueue, type Outcome, type WorkFailure } from "../queue/work-queue.ts";
import type { ImageSource } from "./ask-with-logins.ts";
import type { Failure } from "./failure.ts";
import type { Crediting } from "./pull-credential.ts";

/** What seeders show registries, by key of the distribution; renewed before it ends, for as long as somebody fetches. */
export type PullCredentials = {
  /** What there is now. Where there is nothing yet, or it changes, `onChange` is called. */
  ask(key: string, source: ImageSource): PullCredentialState;
  /** The distribution is no more. */
  forget(key: string): void;
  /** Ends when the signal aborts and what was begun is over. */
  run(signal: AbortSignal): Promise<void>;
};

export type PullCredentialState =
  | { readonly state: "wanted" }
  | { readonly state: "done"; readonly credential: RegistryCredential }
  | ({ readonly state: "failed" } & Failure);

export type PullCredentialsDeps = {
  readonly clock: Clock;
  /** The time of day. */
  readonly today: () => Date;
  /** From 0 to 1. */
  readonly random: () => number;
  /** @throws where the API server does not answer; it is tried again soon */
  readonly obtain: (source: ImageSource, signal: AbortSignal) => Promise<Crediting>;
  readonly onChange: (key: string) => void;
  /** Whether somebody fetches for the distribution: else nothing is renewed, and what there was is forgotten. */
  readonly isNeeded: (key: string) => boolean;
  /** The API server did not answer. */
  readonly onFailure: (failure: WorkFailure) => void;
};

type Entry = { source: ImageSource; state: PullCredentialState };

const WORKERS = 4;
const MOST_WAITING = 10_000;
/** A secret may change though no token of it ends. */
const LOOK_AGAIN_MS = 600_000;
const SOONEST_MS = 10_000;
const RETRY_MS = 30_000;

export function createPullCredentials(deps: PullCredentialsDeps): PullCredentials {
  const entries = new Map<string, Entry>();
  const queue = createWorkQueue({
    clock: deps.clock,
    random: deps.random,
    workers: WORKERS,
    maxKeys: MOST_WAITING,
    work: (key, signal) => work(deps, entries, key, signal),
    onFailure: deps.onFailure,
    allKeys: () => entries.keys(),
  });
  return {
    ask(key, source) {
      const known = entries.get(key);
      if (known !== undefined && sameness(known.source) === sameness(source)) {
        known.source = source;
        return stillGood(known.state, deps.today().getTime());
      }
      entries.set(key, { source, state: { state: "wanted" } });
      queue.add(key);
      return { state: "wanted" };
    },
    forget(key) {
      entries.delete(key);
    },
    run: (signal) => queue.run(signal),
  };
}

async function work(
  deps: PullCredentialsDeps,
  entries: Map<string, Entry>,
  key: string,
  signal: AbortSignal,
): Promise<Outcome> {
  const entry = entries.get(key);
  if (entry === undefined) return {};
  if (!deps.isNeeded(key)) {
    entries.delete(key);
    return {};
  }
  const crediting = await deps.obtain(entry.source, signal);
  const now = deps.today().getTime();
  const before = stillGood(entry.state, now);
  // The last one is good until it ends, and by then the registry may answer again.
  entry.state = crediting.state === "failed" && before.state === "done" ? before : crediting;
  if (JSON.stringify(entry.state) !== JSON.stringify(before)) deps.onChange(key);
  return { requeueAfterMs: pauseMs(crediting, now) * (1 - deps.random() / 5) };
}

function stillGood(state: PullCredentialState, now: number): PullCredentialState {
  if (state.state !== "done") return state;
  const { expiresAtMs } = state.credential;
  return expiresAtMs === 0 || now < expiresAtMs ? state : { state: "wanted" };
}

/** Until two thirds of a token's life are over. */
function pauseMs(crediting: Crediting, now: number): number {
  if (crediting.state === "failed") return RETRY_MS;
  const { expiresAtMs } = crediting.credential;
  if (expiresAtMs === 0) return LOOK_AGAIN_MS;
  return Math.min(LOOK_AGAIN_MS, Math.max(SOONEST_MS, ((expiresAtMs - now) * 2) / 3));
}

/** The same for sources that need the same credential: it is for all that the repository has. */
const sameness = ({ reference: { host, repository }, pinned: _, ...logins }: ImageSource): string =>
  JSON.stringify([host, repository, logins]);
