import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { createFakeClock } from "../../runtime/testing/index.ts";
import {
  createWorkQueue,
  type Outcome,
  retryMs,
  TerminalError,
  type WorkFailure,
  type WorkQueueOptions,
} from "./work-queue.ts";

/** A queue at work, whose work is written down and ends when the test says how. */
function start(t: TestContext, options: Partial<WorkQueueOptions> = {}) {
  const clock = createFakeClock();
  const begun: { key: string; at: number }[] = [];
  const failures: WorkFailure[] = [];
  const open = new Map<string, PromiseWithResolvers<Outcome>>();
  const queue = createWorkQueue({
    clock,
    random: () => 0,
    workers: 2,
    maxKeys: 100,
    work: (key) => {
      begun.push({ key, at: clock.now() });
      assert.ok(!open.has(key), `${key} is worked on twice at once`);
      const end = Promise.withResolvers<Outcome>();
      open.set(key, end);
      return end.promise.finally(() => open.delete(key));
    },
    onFailure: (failure) => failures.push(failure),
    allKeys: () => [],
    ...options,
  });
  const stop = new AbortController();
  const running = queue.run(stop.signal);
  t.after(async () => {
    stop.abort();
    for (const { resolve } of open.values()) resolve({});
    await running;
  });
  const end = async (key: string, how: Outcome | Error = {}) => {
    const { resolve, reject } = open.get(key) ?? assert.fail(`${key} is not being worked on`);
    if (how instanceof Error) reject(how);
    else resolve(how);
    await clock.advance(0);
  };
  const add = async (...keys: readonly string[]) => {
    for (const key of keys) queue.add(key);
    await clock.advance(0);
  };
  return { clock, begun, failures, open, queue, end, add, keys: () => begun.map(({ key }) => key) };
}

describe("a work queue", () => {
  it("works on so many keys at once, and on the others in turn", async (t) => {
    const { add, end, keys } = start(t);
    await add("a", "b", "c", "a");
    assert.deepEqual(keys(), ["a", "b"]);
    await end("a");
    assert.deepEqual(keys(), ["a", "b", "c"]);
  });

  it("works again on a key that was asked for meanwhile, after it was done", async (t) => {
    const { add, end, keys } = start(t);
    await add("a");
    await add("a", "a");
    assert.deepEqual(keys(), ["a"]);
    await end("a");
    assert.deepEqual(keys(), ["a", "a"]);
    await end("a");
    assert.deepEqual(keys(), ["a", "a"]);
  });

  it("comes back when the outcome says so, or sooner where it is asked for", async (t) => {
    const { add, end, begun, clock } = start(t);
    await add("a");
    await end("a", { requeueAfterMs: 5_000 });
    await clock.advance(4_999);
    assert.equal(begun.length, 1);
    await clock.advance(1);
    await end("a", { requeueAfterMs: 5_000 });
    await add("a");
    assert.deepEqual(
      begun.map(({ at }) => at),
      [0, 5_000, 5_000],
    );
    await end("a");
    await clock.advance(100_000);
    assert.equal(begun.length, 3);
  });

  it("looks once at what came within a time", async (t) => {
    const { clock, queue, begun } = start(t);
    for (const ms of [1_000, 800, 1_500]) queue.addWithin("a", ms);
    await clock.advance(799);
    assert.equal(begun.length, 0);
    await clock.advance(5_000);
    assert.deepEqual(begun, [{ key: "a", at: 800 }]);
  });

  it("tries again what failed, ever later, and soon again once it went well", async (t) => {
    const { add, end, begun, failures, clock } = start(t);
    await add("a");
    for (const wait of [1_000, 2_000, 4_000]) {
      await end("a", new Error("no"));
      assert.equal(failures.at(-1)?.retryInMs, wait);
      await clock.advance(wait);
    }
    assert.deepEqual(
      begun.map(({ at }) => at),
      [0, 1_000, 3_000, 7_000],
    );
    await end("a");
    await add("a");
    await end("a", new Error("no"));
    assert.equal(failures.at(-1)?.retryInMs, 1_000);
  });

  it("leaves what cannot be helped by trying, until it is asked for", async (t) => {
    const { add, end, keys, failures, clock } = start(t);
    await add("a");
    await end("a", new TerminalError("never"));
    assert.equal(failures[0]?.retryInMs, undefined);
    await clock.advance(1_000_000);
    assert.deepEqual(keys(), ["a"]);
    await add("a");
    assert.deepEqual(keys(), ["a", "a"]);
  });

  it("takes in all keys again after some found no room", async (t) => {
    const all = ["a", "b", "c", "d", "e", "f"];
    const { add, end, keys, open, queue } = start(t, {
      maxKeys: 2,
      workers: 1,
      allKeys: () => all,
    });
    await add("a");
    await add("b", "c", "d", "e");
    assert.equal(queue.waiting, 2);
    for (let [busy] = open.keys(); busy !== undefined; [busy] = open.keys()) await end(busy);
    assert.deepEqual(new Set(keys()), new Set(all));
  });

  it("keeps working when others ask while one key fails over and over", async (t) => {
    const { add, end, keys } = start(t, { workers: 1 });
    await add("bad");
    await end("bad", new Error("no"));
    await add("good");
    assert.deepEqual(keys(), ["bad", "good"]);
  });

  it("waits at its end for what it began", async (t) => {
    const { add, queue, end } = start(t);
    await add("a");
    const stop = new AbortController();
    const second = queue.run(stop.signal);
    stop.abort();
    let isOver = false;
    const over = second.then(() => {
      isOver = true;
    });
    await add();
    assert.equal(isOver, false);
    await end("a");
    await over;
    assert.equal(isOver, true);
  });

  it("waits up to 5 minutes between tries", () => {
    assert.equal(
      retryMs(1, () => 0),
      1_000,
    );
    assert.equal(
      retryMs(9, () => 0),
      256_000,
    );
    assert.equal(
      retryMs(10, () => 0),
      300_000,
    );
    assert.equal(
      retryMs(10_000, () => 1),
      240_000,
    );
  });
});
