import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Figure } from "./scenario.ts";
import { formatGate, verdictOf } from "./verdict.ts";

const aFigure = (change: Partial<Figure>): Figure => ({
  name: "a figure",
  unit: "ratio",
  samples: [1],
  ...change,
});

describe("verdictOf", () => {
  const cases: [string, Partial<Figure>, string][] = [
    ["a figure without a gate", {}, "none"],
    ["a value on its upper bound", { gate: { atMost: 1 } }, "pass"],
    ["a value over its upper bound", { gate: { atMost: 0.99 } }, "miss"],
    ["a value on its lower bound", { gate: { atLeast: 1 } }, "pass"],
    ["a value under its lower bound", { gate: { atLeast: 1.01 } }, "miss"],
    ["one bad run of three", { samples: [9, 1, 1], gate: { atMost: 1 } }, "pass"],
  ];
  for (const [what, change, verdict] of cases) {
    it(`of ${what} is ${verdict}`, () => assert.equal(verdictOf(aFigure(change)), verdict));
  }
});

describe("formatGate", () => {
  it("writes bounds with the unit of the figure, and none as nothing", () => {
    assert.equal(formatGate({ atMost: 150 }, "MB"), "<= 150.0 MB");
    assert.equal(formatGate({ atLeast: 0.6 }, "ratio"), ">= 0.60 x");
    assert.equal(formatGate(undefined, "MB"), "");
  });
});
