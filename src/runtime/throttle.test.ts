import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createFakeClock, type FakeClock } from "./testing/fake-clock.ts";
import { createThrottle, type Throttle } from "./throttle.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const never = new AbortController().signal;

/** Bytes that a stream which is always ready gets through, by the time they passed. */
function stream(throttle: Throttle, chunk: number, signal: AbortSignal) {
  const passed = { bytes: 0 };
  const run = async () => {
    for (;;) {
      await throttle.take(chunk, signal);
      passed.bytes += chunk;
    }
  };
  return { passed, ended: run().catch((error: unknown) => error) };
}

async function bytesIn(clock: FakeClock, seconds: number, passed: { bytes: number }) {
  const before = passed.bytes;
  await clock.advance(seconds * 1000);
  return passed.bytes - before;
}

describe("a throttle", () => {
  const rates = { "100 KiB/s": 100 * KIB, "5 MiB/s": 5 * MIB, "50 MiB/s": 50 * MIB };
  for (const [name, rate] of Object.entries(rates)) {
    it(`holds ${name} within 10 % over 10 s`, async () => {
      const clock = createFakeClock();
      const controller = new AbortController();
      const { passed, ended } = stream(createThrottle(rate, clock), 64 * KIB, controller.signal);
      const bytes = await bytesIn(clock, 10, passed);
      assert.ok(Math.abs(bytes / (rate * 10) - 1) <= 0.1, `${bytes} bytes in 10 s`);
      controller.abort();
      await ended;
    });
  }

  it("shares one rate between all who take", async () => {
    const clock = createFakeClock();
    const controller = new AbortController();
    const throttle = createThrottle(MIB, clock);
    const streams = [1, 2, 3].map(() => stream(throttle, 16 * KIB, controller.signal));
    await clock.advance(10_000);
    const shares = streams.map(({ passed }) => passed.bytes / MIB);
    const total = shares.reduce((sum, share) => sum + share, 0);
    assert.ok(Math.abs(total / 10 - 1) <= 0.1, `${total} MiB in 10 s`);
    for (const share of shares) assert.ok(Math.abs(share / (total / 3) - 1) <= 0.05);
    controller.abort();
    await Promise.all(streams.map(({ ended }) => ended));
  });

  it("serves those who wait in their order, a small one not before a big one", async () => {
    const clock = createFakeClock();
    const throttle = createThrottle(100 * KIB, clock);
    const order: string[] = [];
    await throttle.take(100 * KIB, never);
    const takes = [
      throttle.take(64 * KIB, never).then(() => order.push("big")),
      throttle.take(1, never).then(() => order.push("small")),
    ];
    await clock.advance(2_000);
    await Promise.all(takes);
    assert.deepEqual(order, ["big", "small"]);
  });

  it("does not hold anything without a limit", async () => {
    const throttle = createThrottle(0, createFakeClock());
    for (let taken = 0; taken < 1000; taken += 1) await throttle.take(MIB, never);
  });

  it("takes a higher rate at once, for those who wait too", async () => {
    const clock = createFakeClock();
    const throttle = createThrottle(KIB, clock);
    await throttle.take(100 * KIB, never);
    const waiting = throttle.take(KIB, never);
    throttle.setRate(100 * KIB);
    await clock.advance(1_100);
    await waiting;
  });

  it("lets everyone go when the limit is lifted, and holds again when there is one", async () => {
    const clock = createFakeClock();
    const throttle = createThrottle(KIB, clock);
    await throttle.take(100 * KIB, never);
    const waiting = [throttle.take(KIB, never), throttle.take(KIB, never)];
    throttle.setRate(0);
    await Promise.all(waiting);

    throttle.setRate(KIB);
    await throttle.take(10 * KIB, never);
    let passed = false;
    const held = throttle.take(KIB, never).then(() => {
      passed = true;
    });
    await clock.advance(9_000);
    assert.equal(passed, false);
    await clock.advance(2_000);
    await held;
  });

  it("lets who waits leave by its signal, without a share and without disturbing the others", async () => {
    const clock = createFakeClock();
    const throttle = createThrottle(KIB, clock);
    await throttle.take(KIB, never);
    const first = new AbortController();
    const second = new AbortController();
    const leaving = [
      assert.rejects(throttle.take(100 * KIB, first.signal), { message: "first left" }),
      assert.rejects(throttle.take(100 * KIB, second.signal), { message: "second left" }),
    ];
    const staying = throttle.take(KIB, never);
    second.abort(new Error("second left"));
    first.abort(new Error("first left"));
    await Promise.all(leaving);
    await clock.advance(1_100);
    await staying;
  });

  it("takes nothing for a signal that has aborted", async () => {
    const throttle = createThrottle(KIB, createFakeClock());
    const aborted = AbortSignal.abort(new Error("gone"));
    await assert.rejects(throttle.take(KIB, aborted), { message: "gone" });
    await throttle.take(KIB, never);
  });
});
