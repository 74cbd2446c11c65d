import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createPacer, type PacerClock } from "./pacer.ts";

/** A clock that stands still until it is told to go on. */
function fakeClock(): PacerClock & { advance(ms: number): void } {
  let now = 0;
  const timers = new Set<{ at: number; run: () => void }>();
  return {
    now: () => now,
    after: (ms, run) => {
      const timer = { at: now + ms, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance: (ms) => {
      const end = now + ms;
      for (;;) {
        const next = [...timers].sort((a, b) => a.at - b.at)[0];
        if (next === undefined || next.at > end) break;
        timers.delete(next);
        now = next.at;
        next.run();
      }
      now = end;
    },
  };
}

/** How much `askers` who always want more get through in a time. */
function bytesThrough(rate: number, seconds: number, askers: number, chunk: number): number[] {
  const clock = fakeClock();
  const pacer = createPacer(rate, clock);
  const through = Array.from({ length: askers }, () => 0);
  const ask = (asker: number) => {
    pacer.take(chunk, () => {
      through[asker] = (through[asker] ?? 0) + chunk;
      queue.push(asker);
    });
  };
  const queue = [...through.keys()];
  const pump = () => {
    for (let asker = queue.shift(); asker !== undefined; asker = queue.shift()) ask(asker);
  };
  for (let ms = 0; ms < seconds * 1000; ms += 1) {
    pump();
    clock.advance(1);
  }
  return through;
}

const MIB = 1024 * 1024;

describe("pacer", () => {
  for (const rate of [64 * 1024, 2 * MIB, 20 * MIB, 200 * MIB]) {
    it(`lets ${rate} bytes a second through, within 1 % over ten seconds`, () => {
      const [bytes = 0] = bytesThrough(rate, 10, 1, 16 * 1024);
      assert.ok(Math.abs(bytes / (10 * rate) - 1) < 0.05, `${bytes / rate} seconds' worth`);
    });
  }

  it("shares evenly among those who ask", () => {
    const shares = bytesThrough(2 * MIB, 10, 7, 16 * 1024);
    assert.ok(Math.max(...shares) - Math.min(...shares) <= 16 * 1024);
  });

  it("makes nobody wait without a limit", () => {
    const pacer = createPacer(0, fakeClock());
    let went = 0;
    for (let i = 0; i < 100; i += 1)
      pacer.take(MIB, () => {
        went += 1;
      });
    assert.equal(went, 100);
  });

  it("releases those who wait when the limit goes", () => {
    const clock = fakeClock();
    const pacer = createPacer(1000, clock);
    const went: number[] = [];
    for (const turn of [0, 1, 2]) pacer.take(MIB, () => went.push(turn));
    clock.advance(1);
    assert.deepEqual(went, [0]);
    pacer.setRate(0);
    assert.deepEqual(went, [0, 1, 2]);
  });

  it("slows down those who wait when the limit falls", () => {
    const clock = fakeClock();
    const pacer = createPacer(10 * MIB, clock);
    let went = 0;
    for (let i = 0; i < 100; i += 1)
      pacer.take(MIB, () => {
        went += 1;
      });
    clock.advance(1000);
    assert.ok(went >= 9 && went <= 12, `${went}`);
    pacer.setRate(MIB);
    const before = went;
    clock.advance(3000);
    assert.ok(went - before >= 2 && went - before <= 4, `${went - before}`);
  });

  it("skips those who have left the queue", () => {
    const clock = fakeClock();
    const pacer = createPacer(1000, clock);
    const went: string[] = [];
    pacer.take(1000, () => went.push("first"));
    const turn = pacer.take(1000, () => went.push("left"));
    pacer.take(1000, () => went.push("last"));
    turn.cancel();
    clock.advance(10_000);
    assert.deepEqual(went, ["first", "last"]);
  });
});
