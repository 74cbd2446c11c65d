import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createQuarantine } from "./quarantine.ts";
import { createFakeClock } from "./testing/fake-clock.ts";

describe("quarantine", () => {
  const options = { strikes: 2, forMs: 1_000 };

  it("holds who gave wrong bytes twice, for a time", () => {
    const clock = createFakeClock();
    const quarantine = createQuarantine(clock, options);
    quarantine.strike("a");
    assert.equal(quarantine.holds("a"), false);
    quarantine.strike("a");
    assert.deepEqual([quarantine.holds("a"), quarantine.holds("b")], [true, false]);
    clock.advance(1_000);
    assert.equal(quarantine.holds("a"), false);
    quarantine.strike("a");
    assert.equal(quarantine.holds("a"), false);
  });

  it("remembers the latest 4,096", () => {
    const quarantine = createQuarantine(createFakeClock(), { ...options, strikes: 1 });
    for (let key = 0; key <= 4_096; key += 1) quarantine.strike(String(key));
    assert.deepEqual(
      [quarantine.holds("0"), quarantine.holds("1"), quarantine.holds("4096")],
      [false, true, true],
    );
  });
});
