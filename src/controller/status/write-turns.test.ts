import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { propertyRuns } from "../testing/property-runs.ts";
import { type Lane, STATUS_LIMITS, WriteTurns } from "./write-turns.ts";

/** Objects that have something to tell all the time, written whenever it is their turn. Answers with the times. */
function writeAlways(turns: WriteTurns, keys: readonly string[], lane: Lane, ms: number): number[] {
  const times: number[] = [];
  for (let now = 0; now < ms; now += 50) {
    for (const key of keys) {
      if (turns.waitMs(key, lane, now) > 0) continue;
      turns.wrote(key, now);
      times.push(now);
    }
  }
  return times;
}
const names = (count: number) => Array.from({ length: count }, (_, i) => `n${i}`);

describe("turns to write", () => {
  it("come at once for one object, and then a second apart", () => {
    const turns = new WriteTurns();
    assert.equal(turns.waitMs("a", "progress", 0), 0);
    turns.wrote("a", 0);
    assert.equal(turns.waitMs("a", "progress", 400), 600);
    assert.equal(turns.waitMs("a", "news", 400), 600);
    assert.equal(turns.waitMs("a", "progress", 1_000), 0);
  });

  it("come to what has none before what has changed, whoever asked first", () => {
    const limits = { perSecond: 10, atOnce: { news: 1, progress: 1 }, apartMs: 0 };
    const turns = new WriteTurns(limits);
    turns.wrote("before", 0);
    const waits = (["news", "progress", "first"] as const).map((lane) =>
      turns.waitMs(lane, lane, 0),
    );
    assert.deepEqual(waits, [100, 200, 100]);
    assert.equal(turns.waitMs("news", "news", 0), 200);
    assert.equal(turns.waitMs("first", "news", 0), 100);
    turns.drop("first");
    assert.equal(turns.waitMs("news", "news", 0), 100);
  });

  it("are known to whoever stands in line", () => {
    const turns = new WriteTurns();
    turns.wrote("a", 0);
    assert.equal(turns.dueInMs("a", 100), 0);
    assert.equal(turns.waitMs("a", "progress", 400), 600);
    assert.deepEqual([turns.dueInMs("a", 500), turns.dueInMs("a", 2_000)], [500, 0]);
    turns.drop("a");
    assert.equal(turns.dueInMs("a", 500), 0);
  });

  it("come twenty times a second, for however many objects, each as often", () => {
    const turns = new WriteTurns();
    const keys = names(100);
    const times = writeAlways(turns, keys, "progress", 60_000);
    assert.ok(times.length <= 20 + 60 * 20 && times.length >= 60 * 20, `${times.length}`);
    const late = times.filter((time) => time >= 30_000);
    assert.ok(late.length <= 30 * 20 + 1, `${late.length} in 30 s`);
  });

  it("come once a second for few objects", () => {
    assert.equal(writeAlways(new WriteTurns(), names(5), "progress", 10_000).length, 50);
  });

  it("come for 500 new objects within 10 s, for the first 300 at once", () => {
    const turns = new WriteTurns();
    const times = new Map<string, number>();
    for (let now = 0; now <= 10_000; now += 50) {
      for (const key of names(500)) {
        if (times.has(key) || turns.waitMs(key, "news", now) > 0) continue;
        turns.wrote(key, now);
        times.set(key, now);
      }
    }
    assert.equal(times.size, 500);
    assert.equal([...times.values()].filter((time) => time === 0).length, 300);
    assert.equal(times.get("n499"), 10_000);
  });

  it("come for news at once while many tell of progress", () => {
    const turns = new WriteTurns();
    writeAlways(turns, names(200), "progress", 20_000);
    assert.equal(turns.waitMs("new", "news", 20_000), 0);
    assert.ok(turns.waitMs("other", "progress", 20_000) > 5_000);
  });

  it("come for news first also where there is no room left for it", () => {
    const limits = { perSecond: 10, atOnce: { news: 1, progress: 1 }, apartMs: 0 };
    const turns = new WriteTurns(limits);
    turns.wrote("before", 0);
    for (const key of names(9)) turns.waitMs(key, "progress", 0);
    assert.equal(turns.waitMs("last", "progress", 0), 1_000);
    assert.equal(turns.waitMs("new", "news", 0), 100);
    assert.equal(turns.waitMs("last", "progress", 0), 1_100);
    assert.equal(turns.waitMs("last", "news", 0), 200);
    assert.equal(turns.waitMs("last", "progress", 0), 200);
  });

  it("are kept by those who asked first, and lost by those who do not come", () => {
    const limits = { perSecond: 10, atOnce: { news: 1, progress: 1 }, apartMs: 0 };
    const turns = new WriteTurns(limits);
    turns.wrote("before", 0);
    const waits = ["a", "b", "c"].map((key) => turns.waitMs(key, "progress", 0));
    assert.deepEqual(waits, [100, 200, 300]);
    assert.equal(turns.waitMs("c", "progress", 100), 200);
    turns.drop("b");
    assert.equal(turns.waitMs("c", "progress", 100), 100);
    assert.equal(turns.waitMs("a", "progress", 100), 0);
    assert.equal(turns.waitMs("c", "progress", 5_200), 0);
  });

  it("are never more than the rate and what may come at once, whoever asks when", () => {
    const asked = fc.record({
      key: fc.nat(50).map(String),
      lane: fc.constantFrom<Lane>("news", "progress"),
      pause: fc.nat(200),
    });
    fc.assert(
      fc.property(fc.array(asked, { maxLength: 400 }), (all) => {
        const limits = { perSecond: 20, atOnce: { news: 30, progress: 5 }, apartMs: 1_000 };
        const turns = new WriteTurns(limits);
        const written: { key: string; at: number }[] = [];
        let now = 0;
        for (const { key, lane, pause } of all) {
          now += pause;
          if (turns.waitMs(key, lane, now) > 0) continue;
          turns.wrote(key, now);
          const before = written.filter((one) => one.key === key).at(-1)?.at;
          assert.ok(
            before === undefined || now - before >= 1_000,
            `${key} after ${before} at ${now}`,
          );
          written.push({ key, at: now });
        }
        for (const { at: from } of written) {
          const within = written.filter(({ at }) => at >= from && at < from + 1_000).length;
          assert.ok(within <= 30 + 20, `${within} in a second`);
        }
      }),
      { numRuns: propertyRuns },
    );
  });

  it("are 20 a second and one an object for status", () => {
    assert.deepEqual([STATUS_LIMITS.perSecond, STATUS_LIMITS.apartMs], [20, 1_000]);
  });
});
