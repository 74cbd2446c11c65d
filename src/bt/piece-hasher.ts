import { createHash } from "node:crypto";
import { BtError } from "./errors.ts";
import { pieceCount, pieceLength, SHA1_BYTES } from "./torrent.ts";

/** Computes a blob's piece hashes while its bytes pass by. Chunks are neither kept nor copied. */
export type PieceHasher = {
  /** @throws BtError SIZE_MISMATCH as soon as there are more bytes than the blob has. */
  update(chunk: Uint8Array): void;
  /**
   * The SHA-1 of every piece, 20 bytes each: `pieces` of the blob's Torrent.
   * @throws BtError SIZE_MISMATCH when bytes are missing.
   */
  finish(): Uint8Array;
};

/** `onPiece` is told each piece's SHA-1 in order, as soon as it is known. */
export function createPieceHasher(
  size: number,
  onPiece: (hash: Uint8Array) => void = () => {},
): PieceHasher {
  const length = pieceLength(size);
  const pieces = new Uint8Array(pieceCount(size) * SHA1_BYTES);
  let hash = createHash("sha1");
  let seen = 0;

  const endPiece = () => {
    const digest = hash.digest();
    pieces.set(digest, Math.ceil(seen / length - 1) * SHA1_BYTES);
    onPiece(digest);
    hash = createHash("sha1");
  };

  return {
    update: (chunk) => {
      if (seen + chunk.length > size) throw mismatch(size, `at least ${seen + chunk.length}`);
      for (let taken = 0; taken < chunk.length; ) {
        const part = chunk.subarray(taken, taken + length - (seen % length));
        hash.update(part);
        taken += part.length;
        seen += part.length;
        if (seen % length === 0) endPiece();
      }
    },
    finish: () => {
      if (seen !== size) throw mismatch(size, `${seen}`);
      if (seen % length !== 0) endPiece();
      return pieces;
    },
  };
}

const mismatch = (size: number, seen: string) =>
  new BtError(
    "SIZE_MISMATCH",
    `cannot hash the blob: it should have ${size} bytes and has ${seen}`,
  );
