import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseContentRange } from "./content-range.ts";

describe("Content-Range", () => {
  it("is read", () => {
    assert.deepEqual(parseContentRange("bytes 5-36/37"), { start: 5, end: 36, total: 37 });
    assert.deepEqual(parseContentRange(" Bytes 0-0/* "), { start: 0, end: 0, total: undefined });
  });

  const malformed = [
    undefined,
    "",
    "bytes",
    "bytes */37",
    "bytes 5-/37",
    "bytes -5/37",
    "items 0-1/2",
    "bytes 0-1/2, bytes 3-4/5",
    "bytes 1e3-2/3",
    `bytes ${"9".repeat(16)}-1/2`,
  ];
  for (const header of malformed) {
    it(`is not understood: ${header}`, () => assert.equal(parseContentRange(header), undefined));
  }
});
