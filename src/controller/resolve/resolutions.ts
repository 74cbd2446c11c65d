import type { Digest } from "../../oci/index.ts";
import type { Clock } from "../../runtime/index.ts";
import type { Resolution } from "../decide/world.ts";
import { createWorkQueue, type Outcome, type WorkFailure } from "../queue/work-queue.ts";
import {
  decideResolve,
  failuresSoFar,
  knownFrom,
  type ResolveMemory,
  resolutionOf,
} from "./decide-resolve.ts";
import type { ImageQuestion } from "./image-question.ts";
import type { ImageDocuments } from "./read-image.ts";
import type { ImageRequest, Resolving } from "./resolve-image.ts";
import { resolveRetryMs } from "./resolve-retry.ts";

/** What is known of the images of all distributions, by key. */
export type Resolutions = {
  /** What is known now. What is not is found out: then `onChange` is called, and the same question has an answer. */
  ask(key: string, question: ImageQuestion): Resolution;
  /** Of the image that `ask` gave. */
  documents(key: string): ImageDocuments | undefined;
  /** The distribution is no more. */
  forget(key: string): void;
  /** Ends when the signal aborts and what was begun is over. */
  run(signal: AbortSignal): Promise<void>;
};

export type ResolutionsDeps = {
  readonly clock: Clock;
  /** The time of day. */
  readonly today: () => Date;
  /** From 0 to 1. */
  readonly random: () => number;
  /** @throws where something else than the image or its registry is in the way; it is tried again soon */
  readonly resolve: (request: ImageRequest, signal: AbortSignal) => Promise<Resolving>;
  readonly onChange: (key: string) => void;
  /** The API server did not answer. */
  readonly onFailure: (failure: WorkFailure) => void;
};

type Entry = { question: ImageQuestion; memory: ResolveMemory };

/** Images that are looked up at the same time. */
const WORKERS = 8;
const MOST_WAITING = 10_000;
const NOTHING: ResolveMemory = { known: undefined, failed: undefined };

export function createResolutions(deps: ResolutionsDeps): Resolutions {
  const { clock, random } = deps;
  const entries = new Map<string, Entry>();
  const queue = createWorkQueue({
    clock,
    random,
    workers: WORKERS,
    maxKeys: MOST_WAITING,
    work: (key, signal) => work(deps, entries, key, signal),
    onFailure: deps.onFailure,
    allKeys: () => entries.keys(),
  });
  return {
    ask(key, question) {
      const entry = entries.get(key) ?? { question, memory: NOTHING };
      entry.question = question;
      entries.set(key, entry);
      if (decideResolve(entry.memory, question, clock.now()).do === "resolve") queue.add(key);
      return resolutionOf(entry.memory, question);
    },
    documents: (key) => entries.get(key)?.memory.known?.documents,
    forget(key) {
      entries.delete(key);
    },
    run: (signal) => queue.run(signal),
  };
}

async function work(
  deps: ResolutionsDeps,
  entries: ReadonlyMap<string, Entry>,
  key: string,
  signal: AbortSignal,
): Promise<Outcome> {
  const { clock } = deps;
  const entry = entries.get(key);
  if (entry === undefined) return {};
  const { question } = entry;
  const step = decideResolve(entry.memory, question, clock.now());
  if (step.do === "rest") return {};
  if (step.do === "wait") return { requeueAfterMs: step.until - clock.now() };
  const { before: _, refresh: __, ...source } = question;
  const pin = step.pinned === undefined ? {} : { pinned: step.pinned };
  const resolving = await deps.resolve({ ...source, ...pin }, signal);
  entry.memory = memoryAfter(deps, entry.memory, question, step.pinned, resolving);
  deps.onChange(key);
  const { failed } = entry.memory;
  return failed === undefined ? {} : { requeueAfterMs: failed.retryAt - clock.now() };
}

function memoryAfter(
  { clock, today, random }: ResolutionsDeps,
  memory: ResolveMemory,
  question: ImageQuestion,
  pinned: Digest | undefined,
  resolving: Resolving,
): ResolveMemory {
  if (resolving.state === "done") {
    const known = knownFrom(memory, question, pinned, resolving, today().getTime());
    return { known, failed: undefined };
  }
  const { reason, message } = resolving;
  const failures = failuresSoFar(memory, question) + 1;
  const retryAt = clock.now() + resolveRetryMs(failures, random);
  return { known: memory.known, failed: { question, reason, message, failures, retryAt } };
}
