// Where blobs come from: one link, used in the order of asking.

import type { BlobKey } from "../messages.ts";
import { bytesOfPiece, type Content, hashAt, piecesOf } from "./disk.ts";
import type { EventQueue } from "./event-queue.ts";
import type { Port } from "./wire.ts";

export class Registry {
  readonly #events: EventQueue;
  readonly #overhead: number;
  bps = Number.POSITIVE_INFINITY;
  sentBytes = 0;
  /** What it has sent, besides the piece under way, before it hears that a stream is not read on: buffers on the way are full. */
  aheadBytes = 0;
  streams = 0;
  /** How many pieces of a blob were given, from the first on. */
  readonly given = new Map<BlobKey, number>();
  /** What it gives instead of the truth. */
  changePiece: (hash: Uint8Array, piece: number) => Uint8Array = (hash) => hash;
  #freeMs = 0;

  constructor(events: EventQueue, overhead: number) {
    this.#events = events;
    this.#overhead = overhead;
  }

  /** Pieces in order, each with the hash of what came, until `isOver`. */
  stream(
    content: Content,
    fromPiece: number,
    to: Port,
    on: { isOver(): boolean; piece(piece: number, hash: Uint8Array): void },
  ): void {
    this.streams++;
    this.#goOn(content, fromPiece, to, on);
  }

  #goOn(
    content: Content,
    fromPiece: number,
    to: Port,
    on: { isOver(): boolean; piece(piece: number, hash: Uint8Array): void },
  ): void {
    if (fromPiece >= piecesOf(content)) return;
    if (on.isOver()) {
      this.sentBytes += Math.min(this.aheadBytes, content.size - fromPiece * content.pieceBytes);
      return;
    }
    const bytes = bytesOfPiece(content, fromPiece);
    const wireBytes = bytes * this.#overhead;
    const beganMs = Math.max(this.#freeMs, this.#events.nowMs);
    this.#freeMs = beganMs + (wireBytes * 1000) / this.bps;
    const atMs = Math.max(this.#freeMs, to.receive(wireBytes, beganMs));
    this.#events.add(atMs, () => {
      this.sentBytes += bytes;
      if (!on.isOver()) {
        this.given.set(content.key, fromPiece + 1);
        on.piece(fromPiece, this.changePiece(hashAt(content.hashes, fromPiece), fromPiece));
      }
      this.#goOn(content, fromPiece + 1, to, on);
    });
  }
}
