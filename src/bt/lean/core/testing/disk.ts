// What a node has of blobs, in hashes: a piece is what its blocks were, and rubbish when one of them was.
import type { BlobKey, Range } from "../messages.ts";

export const HASH_BYTES = 20;
const RUBBISH = new Uint8Array(HASH_BYTES).fill(0xee);

/** Blobs as they truly are: the SHA-1 of each piece. */
export type Content = {
  readonly key: BlobKey;
  readonly size: number;
  readonly pieceBytes: number;
  readonly hashes: Uint8Array;
};

export const piecesOf = ({ size, pieceBytes }: Content): number => Math.ceil(size / pieceBytes);
export const bytesOfPiece = ({ size, pieceBytes }: Content, piece: number): number =>
  Math.min(pieceBytes, size - piece * pieceBytes);
export const hashAt = (hashes: Uint8Array, piece: number): Uint8Array =>
  hashes.slice(piece * HASH_BYTES, (piece + 1) * HASH_BYTES);
export const isSame = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index]);

export class BlobOnDisk {
  readonly content: Content;
  /** The hash of what is there of each piece. */
  readonly #pieces = new Map<number, Uint8Array>();
  /** Of pieces that are coming in: what their blocks are part of, by offset. The first copy counts. */
  readonly #coming = new Map<number, Map<number, Uint8Array>>();

  constructor(content: Content) {
    this.content = content;
  }

  get heldPieces(): number {
    return this.#pieces.size;
  }

  fill(): void {
    for (let piece = 0; piece < piecesOf(this.content); piece++) this.write(piece);
  }

  /** What a block of the piece is part of. */
  read(piece: number): Uint8Array {
    return this.#pieces.get(piece) ?? RUBBISH;
  }

  write(piece: number, hash = hashAt(this.content.hashes, piece)): void {
    this.#pieces.set(piece, hash);
  }

  receive({ piece, offset }: Range, from: Uint8Array): void {
    const blocks = this.#coming.get(piece) ?? new Map<number, Uint8Array>();
    this.#coming.set(piece, blocks);
    if (!blocks.has(offset)) blocks.set(offset, from);
  }

  /** The piece is taken out of what is coming in; its hash. */
  takeOut(piece: number): Uint8Array {
    const [first, ...others] = this.#coming.get(piece)?.values() ?? [];
    this.#coming.delete(piece);
    if (first === undefined || others.some((hash) => !isSame(hash, first))) return RUBBISH;
    return first;
  }

  discard(piece: number): void {
    this.#pieces.delete(piece);
  }

  /** Pieces that do not have these hashes. */
  differing(hashes: Uint8Array): number[] {
    const pieces = Array.from({ length: piecesOf(this.content) }, (_, piece) => piece);
    return pieces.filter((piece) => !isSame(this.read(piece), hashAt(hashes, piece)));
  }

  get isRight(): boolean {
    return this.differing(this.content.hashes).length === 0;
  }
}
