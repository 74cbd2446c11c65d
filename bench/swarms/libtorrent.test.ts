import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pieceBytesFor } from "./libtorrent.ts";

describe("the pieces of libtorrent's torrents", () => {
  const expected = [
    [1, 16],
    [5_000_000, 16],
    [25_000_000, 16],
    [40_000_000, 32],
    [100_000_000, 64],
    [1_000_000_000, 64],
  ] as const;
  for (const [bytes, kib] of expected) {
    it(`are of ${kib} KiB for ${bytes} bytes`, () => {
      assert.equal(pieceBytesFor(bytes), kib * 1_024);
    });
  }
});
