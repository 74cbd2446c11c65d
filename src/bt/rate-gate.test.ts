import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRateGate } from "./rate-gate.ts";

describe("rate gate", () => {
  it("lets a burst through, then so many a second", () => {
    const gate = createRateGate(4, 10, 100);
    const passed = (now: number) =>
      Array.from({ length: 20 }, () => gate.passes("a", now)).filter(Boolean).length;
    assert.equal(passed(0), 10);
    assert.equal(passed(1_000), 4);
    assert.equal(passed(1_000), 0);
    assert.equal(gate.passes("b", 1_000), true);
  });

  it("remembers a bounded number of keys, and forgets who asked longest ago", () => {
    const gate = createRateGate(1, 1, 2);
    assert.equal(gate.passes("a", 0), true);
    assert.equal(gate.passes("b", 0), true);
    assert.equal(gate.passes("a", 0), false);
    gate.passes("c", 0);
    assert.equal(gate.passes("a", 0), false);
    assert.equal(gate.passes("b", 0), true);
  });
});
