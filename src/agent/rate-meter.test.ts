import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { createRateMeter, type RateMeter } from "./rate-meter.ts";

describe("a rate meter", () => {
  let nowMs: number;
  let meter: RateMeter;
  beforeEach(() => {
    nowMs = 5_000;
    meter = createRateMeter(() => nowMs);
    assert.equal(meter.at(0), 0);
  });
  const after = (ms: number, bytes: number) => {
    nowMs += ms;
    return meter.at(bytes);
  };

  it("tells how much a steady counter grows a second", () => {
    for (let bytes = 1_000; bytes <= 40_000; bytes += 1_000) after(100, bytes);
    assert.equal(after(100, 41_000), 10_000);
  });

  it("does not take a burst at the beginning for a second's work", () => {
    assert.equal(after(1, 50_000), 50_000);
    assert.equal(after(499, 50_000), 50_000);
    assert.equal(after(1_500, 50_000), 25_000);
  });

  it("falls to nothing when nothing comes any more", () => {
    assert.equal(after(1_000, 10_000), 10_000);
    assert.equal(after(1_000, 10_000), 5_000);
    assert.equal(after(1_000, 10_000), 0);
    assert.equal(after(60_000, 10_000), 0);
  });

  it("does not count what was there before", () => {
    const resumed = createRateMeter(() => nowMs);
    resumed.at(1_000_000);
    nowMs += 1_000;
    assert.equal(resumed.at(1_000_500), 500);
  });

  it("begins anew with a counter that does", () => {
    after(1_000, 10_000);
    assert.equal(after(100, 0), 0);
    assert.equal(after(1_000, 3_000), 3_000);
  });
});
