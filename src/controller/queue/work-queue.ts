import type { Clock } from "../../runtime/index.ts";
import { KeyQueue } from "./key-queue.ts";

/** How to come back to a key that went well: after a time, or only when something asks for it. */
export type Outcome = { readonly requeueAfterMs?: number };

/** Trying again alone cannot help: the key waits until something asks for it. */
export class TerminalError extends Error {
  override readonly name = "TerminalError";
}

export type WorkFailure = {
  readonly key: string;
  readonly error: unknown;
  /** Undefined where it is not tried again by itself. */
  readonly retryInMs: number | undefined;
};

export type WorkQueueOptions = {
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Keys that are worked on at the same time, each by itself. */
  readonly workers: number;
  readonly maxKeys: number;
  readonly work: (key: string, signal: AbortSignal) => Promise<Outcome>;
  readonly onFailure: (failure: WorkFailure) => void;
  /** All keys that there are. Asked for once there is room, where keys came that found none. */
  readonly allKeys: () => Iterable<string>;
};

/** An event says only: look at this key again. No key is worked on twice at once, and none is forgotten. */
export type WorkQueue = {
  add(key: string): void;
  /** No later than after this time, milliseconds: for what may be looked at together with what comes meanwhile. */
  addWithin(key: string, ms: number): void;
  readonly waiting: number;
  /** Ends when the signal aborts and what was begun is over. */
  run(signal: AbortSignal): Promise<void>;
};

const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 300_000;
/** Longer waits are no use: a timer holds 24.8 days. */
const LONGEST_NAP_MS = 3_600_000;

/** 1 s, doubled with each failure in a row, at most 5 min; up to a fifth less by chance. */
export const retryMs = (failures: number, random: () => number): number =>
  Math.round(
    Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(20, failures - 1)) * (1 - random() / 5),
  );

export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  const { clock, random, workers, maxKeys, work, onFailure, allKeys } = options;
  const queue = new KeyQueue(maxKeys);
  const failures = new Map<string, number>();
  const tasks = new Set<Promise<void>>();
  let hasOverflowed = false;
  let left: Iterator<string> | undefined;
  let wake = () => {};

  const add = (key: string) => {
    if (!queue.add(key)) hasOverflowed = true;
    wake();
  };
  const addLater = (key: string, ms: number) => {
    if (!queue.addLater(key, clock.now() + ms)) hasOverflowed = true;
  };

  const failed = (key: string, error: unknown) => {
    if (error instanceof TerminalError) {
      failures.delete(key);
      onFailure({ key, error, retryInMs: undefined });
      return;
    }
    const count = (failures.get(key) ?? 0) + 1;
    failures.set(key, count);
    const retryInMs = retryMs(count, random);
    addLater(key, retryInMs);
    onFailure({ key, error, retryInMs });
  };

  const workOn = async (key: string, signal: AbortSignal) => {
    try {
      const { requeueAfterMs } = await work(key, signal);
      failures.delete(key);
      if (requeueAfterMs !== undefined) addLater(key, requeueAfterMs);
    } catch (error) {
      if (!signal.aborted) failed(key, error);
    } finally {
      queue.done(key);
      wake();
    }
  };

  const begin = (signal: AbortSignal) => {
    while (queue.running < workers) {
      const key = queue.take(clock.now());
      if (key === undefined) break;
      const task = workOn(key, signal).finally(() => tasks.delete(task));
      tasks.add(task);
    }
  };
  /** All keys in turn, as far as there is room; from the first again where some found none meanwhile. */
  const takeInWhatFoundNoRoom = () => {
    while (queue.waiting < maxKeys) {
      if (left === undefined && !hasOverflowed) return;
      if (left === undefined) {
        hasOverflowed = false;
        left = allKeys()[Symbol.iterator]();
      }
      const next = left.next();
      if (next.done === true) left = undefined;
      else queue.add(next.value);
    }
  };

  /** Until something changes, or the next key is due. */
  const nap = async (signal: AbortSignal) => {
    const woken = new AbortController();
    wake = () => woken.abort();
    const due = queue.running < workers ? queue.nextDue() : undefined;
    const ms = Math.min(LONGEST_NAP_MS, Math.max(0, (due ?? Infinity) - clock.now()));
    await clock.sleep(ms, AbortSignal.any([signal, woken.signal])).catch(() => {});
  };

  return {
    add,
    addWithin(key, ms) {
      addLater(key, ms);
      wake();
    },
    get waiting() {
      return queue.waiting;
    },
    async run(signal) {
      while (!signal.aborted) {
        takeInWhatFoundNoRoom();
        begin(signal);
        await nap(signal);
      }
      await Promise.all(tasks);
    },
  };
}
