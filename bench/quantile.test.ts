import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { quantile } from "./quantile.ts";

describe("quantile", () => {
  const eight = [8, 1, 2, 3, 4, 5, 6, 7];
  const expected = { 0: 1, 0.5: 4, 0.9: 8, 0.99: 8, 1: 8 };
  for (const [part, value] of Object.entries(expected)) {
    it(`is the ${value}th of eight for ${part}`, () => {
      assert.equal(quantile(eight, Number(part)), value);
    });
  }

  it("is none of nothing", () => {
    assert.throws(() => quantile([], 0.5), RangeError);
  });
});
