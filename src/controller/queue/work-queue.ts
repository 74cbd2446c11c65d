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

export const createWorkQueue = (options: WorkQueueOptions): WorkQueue => new KeyedWork(options);

class KeyedWork implements WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #queue: KeyQueue;
  readonly #failures = new Map<string, number>();
  readonly #tasks = new Set<Promise<void>>();
  #hasOverflowed = false;
  /** Of all keys, those that have not been taken in since some found no room. */
  #left: Iterator<string> | undefined;
  #wake = () => {};
  #alarm: { readonly at: number; readonly off: AbortController } | undefined;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    this.#queue = new KeyQueue(options.maxKeys);
  }

  get waiting(): number {
    return this.#queue.waiting;
  }

  add(key: string): void {
    if (!this.#queue.add(key)) this.#hasOverflowed = true;
    this.#wake();
  }

  addWithin(key: string, ms: number): void {
    this.#addLater(key, ms);
    this.#wake();
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#takeInWhatFoundNoRoom();
      this.#begin(signal);
      await this.#nap(signal);
    }
    await Promise.all(this.#tasks);
  }

  #addLater(key: string, ms: number): void {
    if (!this.#queue.addLater(key, this.#options.clock.now() + ms)) this.#hasOverflowed = true;
  }

  #begin(signal: AbortSignal): void {
    const { workers, clock } = this.#options;
    while (this.#queue.running < workers) {
      const key = this.#queue.take(clock.now());
      if (key === undefined) return;
      const task = this.#workOn(key, signal).finally(() => this.#tasks.delete(task));
      this.#tasks.add(task);
    }
  }

  async #workOn(key: string, signal: AbortSignal): Promise<void> {
    try {
      const { requeueAfterMs } = await this.#options.work(key, signal);
      this.#failures.delete(key);
      if (requeueAfterMs !== undefined) this.#addLater(key, requeueAfterMs);
    } catch (error) {
      if (!signal.aborted) this.#failed(key, error);
    } finally {
      this.#queue.done(key);
      this.#wake();
    }
  }

  #failed(key: string, error: unknown): void {
    const { onFailure, random } = this.#options;
    if (error instanceof TerminalError) {
      this.#failures.delete(key);
      onFailure({ key, error, retryInMs: undefined });
      return;
    }
    const count = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, count);
    const retryInMs = retryMs(count, random);
    this.#addLater(key, retryInMs);
    onFailure({ key, error, retryInMs });
  }

  /** All keys in turn, as far as there is room; from the first again where some found none meanwhile. */
  #takeInWhatFoundNoRoom(): void {
    const { maxKeys, allKeys } = this.#options;
    while (this.#queue.waiting < maxKeys) {
      if (this.#left === undefined && !this.#hasOverflowed) return;
      if (this.#left === undefined) {
        this.#hasOverflowed = false;
        this.#left = allKeys()[Symbol.iterator]();
      }
      const next = this.#left.next();
      if (next.done === true) this.#left = undefined;
      else this.#queue.add(next.value);
    }
  }

  /** Until something changes, or the next key is due. Nothing is thrown to wake it: it wakes hundreds of times a second. */
  async #nap(signal: AbortSignal): Promise<void> {
    const { workers } = this.#options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    if (signal.aborted) return;
    const due = this.#queue.running < workers ? this.#queue.nextDue() : undefined;
    if (due !== undefined) this.#wakeAt(due, signal);
    const stop = () => resolve();
    signal.addEventListener("abort", stop, { once: true });
    await promise;
    signal.removeEventListener("abort", stop);
  }

  /** An alarm that goes off too early costs a look, one that is set anew costs more. */
  #wakeAt(due: number, signal: AbortSignal): void {
    const { clock } = this.#options;
    if (this.#alarm !== undefined && this.#alarm.at <= due) return;
    this.#alarm?.off.abort();
    const off = new AbortController();
    const alarm = { at: due, off };
    this.#alarm = alarm;
    const ms = Math.min(LONGEST_NAP_MS, Math.max(0, due - clock.now()));
    clock.sleep(ms, AbortSignal.any([signal, off.signal])).then(
      () => {
        if (this.#alarm === alarm) this.#alarm = undefined;
        this.#wake();
      },
      // Put off, or all is over.
      () => {
        if (this.#alarm === alarm) this.#alarm = undefined;
      },
    );
  }
}
