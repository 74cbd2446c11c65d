import type { FileHandle } from "node:fs/promises";
import { BtError } from "../errors.ts";
import { createProgressReporter, type ProgressReporter } from "../progress.ts";
import type {
  DownloadOptions,
  NamedBlob,
  NamedDownloadOptions,
  Progress,
  Torrent,
} from "../swarm.ts";
import { swarmName } from "../swarm-name.ts";
import type { CheckedFile } from "./checker.ts";
import type { BlobKey, HashList } from "./core/messages.ts";
import type { FallbackStream } from "./fallback-stream.ts";
import type { Incoming } from "./incoming.ts";
import type { ResumeState } from "./resume-state.ts";
import type { ServedFile } from "./served-file.ts";
import type { Shape } from "./shape.ts";

export const keyOf = (blob: NamedBlob & { readonly pieceLength?: number }): BlobKey =>
  swarmName(blob) as BlobKey;

export type BlobOptions = {
  readonly blob: NamedBlob & { readonly pieceLength: number };
  readonly handle: FileHandle;
  readonly path: string;
  readonly trackers: readonly string[];
  readonly torrent?: Torrent;
  readonly download?: {
    readonly checked: CheckedFile;
    readonly incoming: Incoming;
    readonly onProgress?: DownloadOptions["onProgress"];
    readonly issuerHashes?: NamedDownloadOptions["issuerHashes"];
    readonly fallback?: FallbackStream;
    readonly state?: ResumeState;
    /** One byte a piece. */
    readonly held: Uint8Array;
  };
  /** Whether it is being written by our caller. */
  readonly growing?: boolean;
  /** How many peers it can be had from or is given to. */
  peers(): number;
  bytesPerSecond(): number;
};

/** What the shell keeps of one blob; what to do with it the core knows. */
export class LeanBlob {
  readonly key: BlobKey;
  readonly shape: Shape;
  readonly name: string;
  readonly path: string;
  readonly trackers: readonly string[];
  readonly download: BlobOptions["download"];
  /** Rejects when the blob is stopped before it is complete. */
  readonly finished: Promise<HashList>;
  handle: FileHandle;
  /** Looks at what is given away; absent while it comes in. */
  served: ServedFile | undefined;
  torrent: Torrent | undefined;
  isComplete: boolean;
  isGrowing: boolean;
  isStopped = false;
  /** The latest that peers or we ourselves spoke of. */
  generation = 1;
  /** How many hashes peers have told of, and the latest generation that one of them called void. */
  knownHashes = 0;
  retracted = 0;
  completedBytes = 0;
  resumedBytes = 0;
  /** Of what is here, what peers did not bring. */
  fallbackBytes = 0;
  uploadedBytes = 0;
  readonly held: Uint8Array;
  readonly #outcome = Promise.withResolvers<HashList>();
  readonly #progress: ProgressReporter;
  #reads = 0;
  #onIdle: (() => void) | undefined;

  constructor(options: BlobOptions) {
    const { blob, download } = options;
    const { size, pieceLength } = blob;
    this.key = keyOf(blob);
    this.shape = { size, pieceLength };
    this.name = blob.name;
    this.path = options.path;
    this.handle = options.handle;
    this.trackers = options.trackers;
    this.torrent = options.torrent;
    this.download = download;
    this.isGrowing = options.growing === true;
    this.isComplete = download === undefined && !this.isGrowing;
    this.held = download?.held ?? new Uint8Array(Math.ceil(size / pieceLength));
    if (this.isComplete) this.held.fill(1);
    for (const piece of this.held.keys()) {
      if (this.held[piece] === 1) this.completedBytes += this.bytesOf(piece);
    }
    this.resumedBytes = this.completedBytes;
    this.finished = this.#outcome.promise;
    this.finished.catch(() => {});
    this.#progress = createProgressReporter(() =>
      download?.onProgress?.({
        completedBytes: this.completedBytes,
        resumedBytes: this.resumedBytes,
        downloadBytesPerSecond: options.bytesPerSecond(),
        peers: options.peers(),
      } satisfies Progress),
    );
  }

  get pieces(): number {
    return this.held.length;
  }

  bytesOf(piece: number): number {
    return Math.min(this.shape.pieceLength, this.shape.size - piece * this.shape.pieceLength);
  }

  /** BEP 3's bitfield of what is on disk. */
  get heldBits(): Uint8Array {
    const bits = new Uint8Array(Math.ceil(this.held.length / 8));
    for (const [piece, there] of this.held.entries()) {
      if (there === 1) bits[piece >> 3] = (bits[piece >> 3] ?? 0) | (0x80 >> (piece & 7));
    }
    return bits;
  }

  holds(piece: number): void {
    if (this.held[piece] === 1) return;
    this.held[piece] = 1;
    this.completedBytes += this.bytesOf(piece);
    this.download?.state?.written(piece);
    this.#progress.changed();
  }

  loses(pieces: readonly number[]): void {
    for (const piece of pieces) {
      if (this.held[piece] !== 1) continue;
      this.held[piece] = 0;
      this.completedBytes -= this.bytesOf(piece);
    }
    this.resumedBytes = Math.min(this.resumedBytes, this.completedBytes);
  }

  finish(list: HashList): void {
    this.isComplete = true;
    this.isGrowing = false;
    this.download?.fallback?.end();
    this.#progress.finish();
    this.#outcome.resolve(list);
  }

  /** `finished` rejects, unless it has resolved. */
  giveUp(reason: unknown): void {
    this.isStopped = true;
    this.download?.fallback?.end();
    this.#progress.stop();
    this.#outcome.reject(reason);
  }

  /** A read of the file begins; call what it returns when it has ended. */
  reading(): () => void {
    this.#reads += 1;
    return () => {
      this.#reads -= 1;
      if (this.#reads === 0) this.#onIdle?.();
    };
  }

  /** From now on reads are made of this one. */
  async replaceFile(handle: FileHandle): Promise<void> {
    const before = this.handle;
    this.handle = handle;
    await this.#idle();
    await before.close();
  }

  /** Waits for reads under way and for the worker. */
  async closeFile(): Promise<void> {
    await this.download?.checked.close();
    await this.#idle();
    await this.handle.close();
  }

  async #idle(): Promise<void> {
    if (this.#reads === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }
}

export const dropped = (id: string): BtError =>
  new BtError("TORRENT_UNKNOWN", `torrent ${id} was dropped`);
