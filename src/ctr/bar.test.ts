import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bar, fractionOf, percentOf } from "./bar.ts";

describe("bar", () => {
  const drawn: readonly (readonly [number, number, string])[] = [
    [0, 12, "[>         ]"],
    [0.5, 12, "[=====>    ]"],
    [0.999, 12, "[=========>]"],
    [1, 12, "[==========]"],
    [0.5, 1, "[>]"],
    [1, 3, "[=]"],
  ];
  for (const [fraction, width, text] of drawn) {
    it(`draws ${text} for ${fraction}`, () => assert.equal(bar(fraction, width), text));
  }
});

it("fractionOf stays between 0 and 1, whatever it is told", () => {
  assert.equal(fractionOf(1, 4), 0.25);
  assert.equal(fractionOf(5, 4), 1);
  assert.equal(fractionOf(-1, 4), 0);
  assert.equal(fractionOf(0, 0), 1);
  assert.equal(fractionOf(1, Number.NaN), 1);
});

it("percentOf says 100 only of what is complete", () => {
  assert.equal(percentOf(0.9999), 99);
  assert.equal(percentOf(1), 100);
});
