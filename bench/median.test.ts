import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { alternated, median, ratios } from "./median.ts";

describe("median", () => {
  const known: [readonly number[], number][] = [
    [[7], 7],
    [[9, 1], 5],
    [[10, 2, 9], 9],
    [[4, 100, 1, 3], 3.5],
  ];
  for (const [samples, expected] of known) {
    it(`of ${samples.join(", ")} is ${expected}`, () => assert.equal(median(samples), expected));
  }

  it("of nothing is refused", () => assert.throws(() => median([]), RangeError));

  it("leaves the samples in their order", () => {
    const samples = [3, 1, 2];
    median(samples);
    assert.deepEqual(samples, [3, 1, 2]);
  });
});

describe("ratios", () => {
  it("compares what was measured in the same run", () => {
    assert.deepEqual(ratios([10, 9], [5, 3]), [2, 3]);
  });

  it("refuses runs that have no counterpart", () => {
    assert.throws(() => ratios([1, 2], [1]), RangeError);
  });
});

describe("alternated", () => {
  it("turns the order round in every other run", () => {
    assert.deepEqual(
      [0, 1, 2].map((run) => alternated(["a", "b", "c"], run).join("")),
      ["abc", "cba", "abc"],
    );
  });
});
