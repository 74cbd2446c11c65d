import { createHash } from "node:crypto";
import type { Fallback } from "../swarm.ts";
import type { LeanBlob } from "./blob.ts";
import type { Slot } from "./pool.ts";

export type FallbackEvents = {
  /** Puts the piece to its place on disk. */
  write(piece: number, slot: Slot, hash: Uint8Array): Promise<boolean>;
  /** It is on disk; `hash` is the SHA-1 of what came. */
  written(piece: number, hash: Uint8Array): void;
  /** The last byte came. */
  ended(): void;
  failed(error: unknown): void;
};

/** Takes pieces of one blob from its fallback, in order. Nothing is told after `end`. */
export class FallbackStream {
  readonly #fallback: Fallback;
  #abort: AbortController | undefined;

  constructor(fallback: Fallback) {
    this.#fallback = fallback;
  }

  begin(blob: LeanBlob, fromPiece: number, events: FallbackEvents): void {
    this.end();
    const abort = new AbortController();
    this.#abort = abort;
    this.#pour(blob, fromPiece, events, abort.signal).then(
      () => {
        if (!abort.signal.aborted) events.ended();
      },
      (error: unknown) => {
        if (!abort.signal.aborted) events.failed(error);
        // The rest of a stream that is not read on must not go on coming.
        abort.abort();
      },
    );
  }

  end(): void {
    this.#abort?.abort();
    this.#abort = undefined;
  }

  async #pour(
    blob: LeanBlob,
    fromPiece: number,
    events: FallbackEvents,
    signal: AbortSignal,
  ): Promise<void> {
    const memory = new SharedArrayBuffer(blob.shape.pieceLength);
    let piece = fromPiece;
    let filled = 0;
    let hash = createHash("sha1");
    for await (const chunk of this.#fallback.open(fromPiece * blob.shape.pieceLength, signal)) {
      for (let taken = 0; taken < chunk.length; ) {
        if (piece === blob.pieces) throw new Error("it gives more bytes than the blob has");
        const bytes = blob.bytesOf(piece);
        const part = chunk.subarray(taken, taken + bytes - filled);
        new Uint8Array(memory, filled, part.length).set(part);
        hash.update(part);
        taken += part.length;
        filled += part.length;
        if (filled < bytes) continue;
        const sha1 = hash.digest();
        const slot = { memory, at: 0, bytes: Buffer.from(memory, 0, bytes) };
        // What is here is right, and read over.
        if (blob.held[piece] !== 1) await events.write(piece, slot, sha1);
        if (signal.aborted) return;
        events.written(piece, sha1);
        if (signal.aborted) return;
        piece += 1;
        filled = 0;
        hash = createHash("sha1");
      }
    }
  }
}
