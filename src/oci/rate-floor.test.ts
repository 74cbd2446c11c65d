import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRateFloor } from "./rate-floor.ts";

describe("the minimum rate", () => {
  const rate = { bytesPerSecond: 100, windowMs: 1_000 };

  it("is missed when a window of waiting brought too little", () => {
    const floor = createRateFloor(rate);
    assert.equal(floor.note(50, 999), false);
    assert.equal(floor.note(49, 1), true);
  });

  it("is met exactly at its number", () => {
    const floor = createRateFloor(rate);
    assert.equal(floor.note(50, 999), false);
    assert.equal(floor.note(50, 1), false);
  });

  it("counts each window anew", () => {
    const floor = createRateFloor(rate);
    assert.equal(floor.note(1_000_000, 1_000), false);
    assert.equal(floor.note(1, 1_000), true);
  });

  it("does not count time in which nobody waited for the server", () => {
    const floor = createRateFloor(rate);
    for (let n = 0; n < 10_000; n += 1) assert.equal(floor.note(1, 0), false);
  });
});
