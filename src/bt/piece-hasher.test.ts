import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { createPieceHasher } from "./piece-hasher.ts";
import { seededRandom, testBytes } from "./test-blob.ts";

const PIECE = 256 * 1024;

describe("piece hasher", () => {
  const sizes = {
    "one byte": 1,
    "one piece": PIECE,
    "a piece and a byte": PIECE + 1,
    many: 5 * PIECE - 3,
  };
  it("tells each piece's hash as soon as the piece is whole", () => {
    const bytes = testBytes(2 * PIECE + 5);
    const told: string[] = [];
    const hasher = createPieceHasher(bytes.length, (hash) =>
      told.push(Buffer.from(hash).toString("hex")),
    );
    const sha1 = (from: number, to: number) =>
      createHash("sha1").update(bytes.subarray(from, to)).digest("hex");
    hasher.update(bytes.subarray(0, 2 * PIECE - 1));
    assert.deepEqual(told, [sha1(0, PIECE)]);
    hasher.update(bytes.subarray(2 * PIECE - 1));
    assert.deepEqual(told, [sha1(0, PIECE), sha1(PIECE, 2 * PIECE)]);
    hasher.finish();
    assert.equal(told[2], sha1(2 * PIECE, bytes.length));
  });

  for (const [what, size] of Object.entries(sizes)) {
    it(`hashes ${what}, however it is cut into chunks`, () => {
      const bytes = testBytes(size);
      const random = seededRandom(size);
      const hasher = createPieceHasher(size);
      for (let at = 0; at < size; ) {
        const end = Math.min(size, at + Math.floor(random() * 1.5 * PIECE));
        hasher.update(bytes.subarray(at, end));
        at = end;
      }
      assert.deepEqual(Buffer.from(hasher.finish()), pieceByPiece(bytes));
    });
  }

  it("refuses more bytes than the blob has", () => {
    const hasher = createPieceHasher(10);
    hasher.update(testBytes(10));
    assert.throws(() => hasher.update(testBytes(1)), {
      code: "SIZE_MISMATCH",
      message: "cannot hash the blob: it should have 10 bytes and has at least 11",
    });
  });

  it("refuses to end before the last byte", () => {
    const hasher = createPieceHasher(10);
    hasher.update(testBytes(9));
    assert.throws(() => hasher.finish(), {
      code: "SIZE_MISMATCH",
      message: "cannot hash the blob: it should have 10 bytes and has 9",
    });
  });
});

function pieceByPiece(bytes: Uint8Array): Buffer {
  const hashes: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += PIECE) {
    hashes.push(
      createHash("sha1")
        .update(bytes.subarray(at, at + PIECE))
        .digest(),
    );
  }
  return Buffer.concat(hashes);
}
