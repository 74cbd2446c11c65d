import { Worker } from "node:worker_threads";
import { BtError } from "../errors.ts";
import {
  hashWorker,
  type WorkerAnswer,
  type WorkerBlob,
  type WorkerFailure,
  type WorkerJob,
  type WorkerSetUp,
} from "./hash-worker.ts";
import type { Slot } from "./pool.ts";

/** One file that the worker thread writes and hashes. Promises reject with a WorkerFailed, or never settle once it is closed. */
export type CheckedFile = {
  /** Hashes a piece in memory; when it is right it is on disk when this resolves. `released` is called when the memory is no longer read. */
  check(piece: number, slot: Slot, expected: Uint8Array, released: () => void): Promise<boolean>;
  /** Hashes the pieces on disk that have a 1 in `which`; the answer has a 1 where they are right. */
  scan(which: Uint8Array, hashes: Uint8Array): Promise<Uint8Array>;
  forget(pieces: readonly number[]): void;
  /** Resolves when every piece is on disk and hashed. */
  prove(): Promise<boolean>;
  /** Resolves when the file is not touched any more. */
  close(): Promise<void>;
};

export type Checker = {
  open(file: Omit<WorkerBlob, "blob" | "held">): CheckedFile;
  readonly restarts: number;
  close(): Promise<void>;
};

export type CheckerOptions = {
  /** Where most slots are. */
  readonly pool: SharedArrayBuffer;
  /** The worker's source; for tests of one that fails. */
  readonly source?: string;
  /** A worker that does nothing for so long, with work to do, is given up; twice as long after each time. */
  readonly hangMs?: number;
  onRestart?(why: "threw" | "hung"): void;
};

export class WorkerFailed extends Error {
  override readonly name = "WorkerFailed";
  readonly code: string;
  constructor({ code, message }: WorkerFailure) {
    super(message);
    this.code = code;
  }
}

type Job = Exclude<WorkerJob, { readonly do: "open" | "forget" }>;
type Pending = {
  readonly job: Job;
  settle(answer: WorkerAnswer): void;
  released?: () => void;
};
type Running = {
  readonly worker: Worker;
  readonly beat: Int32Array;
  /** Called when the thread is gone. */
  readonly onGone: (() => void)[];
};

const HANG_MS = 1_500;
const LONGEST_HANG_MS = 60_000;
/** A thread that has done nothing yet is still being started. */
const START_MS = 10_000;
const MAX_RESTARTS_IN_A_ROW = 20;

/** Runs the worker thread, and another one when it throws or hangs: files are opened in it again and what it had not answered is done again. */
export function createChecker(options: CheckerOptions): Checker {
  return new SupervisedChecker(options);
}

class SupervisedChecker implements Checker {
  restarts = 0;
  readonly #options: CheckerOptions;
  readonly #files = new Map<number, WorkerBlob>();
  readonly #pending = new Map<number, Pending>();
  #running: Running;
  #watch: NodeJS.Timeout | undefined;
  #lastBeat = 0;
  #stillMs = 0;
  #inARow = 0;
  #ids = 0;
  #closed = false;

  constructor(options: CheckerOptions) {
    this.#options = options;
    this.#running = this.#start();
  }

  open(given: Omit<WorkerBlob, "blob" | "held">): CheckedFile {
    const blob = ++this.#ids;
    const held = new Uint8Array(Math.ceil(given.size / given.pieceLength));
    const file: WorkerBlob = { ...given, blob, held };
    this.#files.set(blob, file);
    this.#running.worker.postMessage({ do: "open", ...file } satisfies WorkerJob);
    return {
      check: async (piece, slot, expected, released) => {
        const { memory, at, bytes } = slot;
        const isPool = memory === this.#options.pool;
        const where = { ...(!isPool && { memory }), piece, at, bytes: bytes.length, expected };
        const answer = await this.#run({ do: "check", blob, job: ++this.#ids, ...where }, released);
        if (isOk(answer)) held[piece] = 1;
        return isOk(answer);
      },
      scan: async (which, hashes) => {
        const answer = await this.#run({ do: "scan", blob, job: ++this.#ids, which, hashes });
        const right = "right" in answer ? answer.right : new Uint8Array(held.length);
        held.set(right);
        return right;
      },
      forget: (pieces) => {
        for (const piece of pieces) held[piece] = 0;
        this.#running.worker.postMessage({ do: "forget", blob, pieces } satisfies WorkerJob);
      },
      prove: async () => isOk(await this.#run({ do: "prove", blob, job: ++this.#ids })),
      close: () => this.#closeFile(blob),
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#watch);
    await this.#running.worker.terminate();
  }

  async #closeFile(blob: number): Promise<void> {
    if (!this.#files.delete(blob)) return;
    for (const [id, { job, released }] of this.#pending) {
      if (job.blob !== blob) continue;
      this.#pending.delete(id);
      // The worker may still read the memory, until it has answered what comes next.
      if (released !== undefined) this.#afterNext(released);
    }
    await this.#run({ do: "close", blob, job: ++this.#ids });
  }

  #afterNext(act: () => void): void {
    const job = ++this.#ids;
    this.#run({ do: "close", blob: 0, job }).then(act, act);
  }

  #run(job: Job, released?: () => void): Promise<WorkerAnswer> {
    return new Promise((resolve, reject) => {
      const settle = (answer: WorkerAnswer) => {
        if ("failure" in answer) reject(new WorkerFailed(answer.failure));
        else resolve(answer);
      };
      this.#pending.set(job.job, { job, settle, ...(released && { released }) });
      this.#running.worker.ref();
      this.#running.worker.postMessage(job);
      this.#watchOver();
    });
  }

  #start(): Running {
    const beat = new SharedArrayBuffer(4);
    const source = this.#options.source ?? `(${hashWorker})()`;
    const workerData: WorkerSetUp = { pool: this.#options.pool, beat };
    const worker = new Worker(source, { eval: true, workerData, execArgv: [], name: "hash" });
    const running: Running = { worker, beat: new Int32Array(beat), onGone: [] };
    worker.unref();
    worker.on("message", (answer: WorkerAnswer) => this.#answered(running, answer));
    worker.on("error", () => this.#restart(running, "threw"));
    worker.on("exit", () => {
      this.#restart(running, "threw");
      for (const act of running.onGone.splice(0)) act();
    });
    return running;
  }

  #answered(running: Running, answer: WorkerAnswer): void {
    const pending = this.#pending.get(answer.job);
    if (pending === undefined || running !== this.#running) return;
    this.#pending.delete(answer.job);
    this.#inARow = 0;
    if (this.#pending.size === 0) running.worker.unref();
    pending.released?.();
    pending.settle(answer);
  }

  /** The work that was not answered is done again by a new thread; its memory is not free before the old thread is gone. */
  #restart(failed: Running, why: "threw" | "hung"): void {
    if (this.#closed || failed !== this.#running) return;
    this.restarts += 1;
    this.#inARow += 1;
    this.#options.onRestart?.(why);
    void failed.worker.terminate();
    this.#stillMs = 0;
    if (this.#inARow > MAX_RESTARTS_IN_A_ROW) {
      this.#giveUp();
      return;
    }
    this.#running = this.#start();
    for (const file of this.#files.values()) this.#post({ do: "open", ...file });
    for (const [id, pending] of this.#pending) {
      this.#pending.set(id, afterGone(pending, failed));
      this.#post(pending.job);
    }
  }

  #post(job: WorkerJob): void {
    this.#running.worker.postMessage(job);
  }

  #giveUp(): void {
    const message = `the thread that hashes and writes ended ${this.#inARow} times in a row`;
    for (const [job, { settle }] of [...this.#pending]) {
      this.#pending.delete(job);
      settle({ job, failure: { code: "WORKER", message } });
    }
    this.#running = this.#start();
    this.#inARow = 0;
    for (const file of this.#files.values()) this.#post({ do: "open", ...file });
  }

  /** Looks, while there is work to do, whether anything gets done. */
  #watchOver(): void {
    if (this.#watch !== undefined) return;
    const first = this.#options.hangMs ?? HANG_MS;
    const everyMs = first / 5;
    this.#stillMs = 0;
    this.#watch = setInterval(() => {
      const beat = Atomics.load(this.#running.beat, 0);
      const patience = Math.min(LONGEST_HANG_MS, first * 2 ** this.#inARow);
      const hangMs = beat === 0 ? Math.max(patience, START_MS) : patience;
      this.#stillMs = beat === this.#lastBeat ? this.#stillMs + everyMs : 0;
      this.#lastBeat = beat;
      if (this.#pending.size === 0) {
        clearInterval(this.#watch);
        this.#watch = undefined;
      } else if (this.#stillMs > hangMs) this.#restart(this.#running, "hung");
    }, everyMs);
    this.#watch.unref();
  }
}

const isOk = (answer: WorkerAnswer): boolean => "ok" in answer && answer.ok;

function afterGone(pending: Pending, failed: Running): Pending {
  const { released } = pending;
  if (released === undefined) return pending;
  let parts = 2;
  const part = () => {
    parts -= 1;
    if (parts === 0) released();
  };
  failed.onGone.push(part);
  return { ...pending, released: part };
}

/** Names the act, for whoever reads it; a full disk or quota gets its own code. */
export function storageError(act: string, cause: unknown): BtError {
  if (cause instanceof BtError) return cause;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
  const full = code === "ENOSPC" || code === "EDQUOT";
  const why = full ? "the disk is full" : (code ?? String(cause));
  return new BtError(full ? "DISK_FULL" : "STORAGE_FAILED", `${act}: ${why}`, { cause });
}
