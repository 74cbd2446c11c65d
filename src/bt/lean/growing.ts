import type { FileHandle } from "node:fs/promises";
import type { GrowingBlob, Torrent } from "../swarm.ts";
import type { LeanBlob } from "./blob.ts";
import type { Input } from "./core/messages.ts";

export type GrowingFileOptions = {
  readonly blob: LeanBlob;
  tell(input: Input): void;
  open(): Promise<FileHandle>;
  completed(): void;
  stop(): Promise<void>;
};

const LOOK_AGAIN_MS = 10;

/** A blob that our caller writes. Peers are told of a piece when the file is long enough to have it: who writes may be a little behind who hashes. */
export class GrowingFile implements GrowingBlob {
  readonly #options: GrowingFileOptions;
  #waiting: { readonly piece: number; readonly hash: Uint8Array }[] = [];
  #nextPiece = 0;
  #generation = 1;
  #handle: FileHandle | undefined;
  #looking: Promise<void> | undefined;
  #isOver = false;

  constructor(options: GrowingFileOptions) {
    this.#options = options;
  }

  pieceWritten(hash: Uint8Array): void {
    if (this.#isOver) return;
    this.#waiting.push({ piece: this.#nextPiece, hash });
    this.#nextPiece += 1;
    this.#look();
  }

  restart(): void {
    if (this.#isOver) return;
    const { blob, tell } = this.#options;
    const { key } = blob;
    this.#waiting = [];
    this.#nextPiece = 0;
    this.#generation += 1;
    this.#handle = undefined;
    blob.loses([...blob.held.keys()]);
    tell({ on: "issuerList", key, answer: "retracted" });
    const lease = { generation: this.#generation, issuer: 0, fromPiece: 0 };
    tell({ on: "leaseGranted", key, lease });
  }

  async complete(torrent: Torrent): Promise<void> {
    const { blob, tell, completed } = this.#options;
    while (this.#waiting.length > 0 && !blob.isStopped) {
      this.#look();
      await this.#looking;
    }
    if (blob.isStopped || this.#isOver) return;
    this.#isOver = true;
    blob.torrent = torrent;
    tell({ on: "blobProven", key: blob.key });
    completed();
  }

  async abandon(): Promise<void> {
    const { blob, tell, stop } = this.#options;
    if (this.#isOver) return;
    this.#isOver = true;
    this.#waiting = [];
    tell({ on: "issuerList", key: blob.key, answer: "retracted" });
    await stop();
  }

  #look(): void {
    this.#looking ??= this.#lookUntilAllThere().finally(() => {
      this.#looking = undefined;
    });
  }

  async #lookUntilAllThere(): Promise<void> {
    const { blob } = this.#options;
    while (this.#waiting.length > 0 && !blob.isStopped) {
      const size = await this.#sizeOnDisk();
      this.#announce(size);
      if (this.#waiting.length > 0)
        await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  #announce(size: number): void {
    const { blob, tell } = this.#options;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const { piece, hash } = next;
      if (piece * blob.shape.pieceLength + blob.bytesOf(piece) > size) return;
      this.#waiting.shift();
      blob.holds(piece);
      tell({ on: "pieceFetched", key: blob.key, piece, hash });
    }
  }

  async #sizeOnDisk(): Promise<number> {
    const { blob, open } = this.#options;
    try {
      if (this.#handle === undefined) {
        const generation = this.#generation;
        const handle = await open();
        if (generation !== this.#generation || blob.isStopped) {
          await handle.close();
          return 0;
        }
        this.#handle = handle;
        await blob.replaceFile(handle);
      }
      return (await this.#handle.stat()).size;
    } catch {
      return 0;
    }
  }
}
