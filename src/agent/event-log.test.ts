import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ProgressEvent } from "../api/index.ts";
import { createEventLog, type EventLog } from "./event-log.ts";

const never = new AbortController().signal;

async function all(log: EventLog): Promise<ProgressEvent[]> {
  const events: ProgressEvent[] = [];
  for await (const event of log.follow(never)) events.push(event);
  return events;
}

describe("the event log", () => {
  it("tells one that comes late every step from the beginning", async () => {
    const log = createEventLog();
    log.step({ step: "STEP_INSPECT" });
    log.step({ step: "STEP_DONE" });
    log.end();
    assert.deepEqual(await all(log), [{ step: "STEP_INSPECT" }, { step: "STEP_DONE" }]);
  });

  it("tells a slow follower only the newest progress of each blob", async () => {
    const log = createEventLog();
    for (const completedBytes of [1, 2, 3]) {
      log.progress({ step: "STEP_PROGRESS", digest: "a", completedBytes });
      log.progress({ step: "STEP_PROGRESS", digest: "b", completedBytes: completedBytes * 10 });
    }
    log.end();
    const told = (await all(log)).map(({ digest, completedBytes }) => [digest, completedBytes]);
    assert.deepEqual(told, [
      ["a", 3],
      ["b", 30],
    ]);
  });

  it("tells the first progress at once, and what comes soon after it a moment later", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const log = createEventLog();
    const follower = log.follow(never);
    const reach = (completedBytes: number) =>
      log.progress({ step: "STEP_PROGRESS", digest: "a", completedBytes });
    const told = async (next: ReturnType<typeof follower.next>) =>
      ((await next).value as ProgressEvent | undefined)?.completedBytes;
    const first = follower.next();
    reach(1);
    assert.equal(await told(first), 1);
    const second = follower.next();
    for (const bytes of [2, 3]) reach(bytes);
    t.mock.timers.tick(19);
    reach(4);
    t.mock.timers.tick(1);
    assert.equal(await told(second), 4);
    // A step does not wait, and brings what is known by then.
    const third = follower.next();
    reach(5);
    log.step({ step: "STEP_WAIT" });
    assert.equal((await third).value?.step, "STEP_WAIT");
    assert.equal(await told(follower.next()), 5);
    log.end();
    assert.equal((await follower.next()).done, true);
  });

  it("tells no progress of a blob after its end", async () => {
    const log = createEventLog();
    log.progress({ step: "STEP_PROGRESS", digest: "a", completedBytes: 1 });
    log.step({ step: "STEP_BLOB_DONE", digest: "a" });
    log.end();
    assert.deepEqual(await all(log), [{ step: "STEP_BLOB_DONE", digest: "a" }]);
  });

  it("wakes a follower that waits", async () => {
    const log = createEventLog();
    const follower = log.follow(never);
    const first = follower.next();
    log.step({ step: "STEP_INSPECT" });
    assert.deepEqual(await first, { done: false, value: { step: "STEP_INSPECT" } });
    const end = follower.next();
    log.end();
    assert.deepEqual(await end, { done: true, value: undefined });
  });

  it("throws the error of the end after the last step", async () => {
    const log = createEventLog();
    log.step({ step: "STEP_INSPECT" });
    log.end(new Error("no such tag"));
    const follower = log.follow(never);
    assert.equal((await follower.next()).done, false);
    await assert.rejects(follower.next(), { message: "no such tag" });
  });

  it("lets a follower go when its signal is aborted", async () => {
    const log = createEventLog();
    const abort = new AbortController();
    const next = log.follow(abort.signal).next();
    abort.abort(new Error("gone"));
    await assert.rejects(next, { message: "gone" });
  });

  it("keeps a bounded number of steps, and the last word always", async () => {
    const log = createEventLog();
    for (let i = 0; i < 5_000; i += 1) log.step({ step: "STEP_WAIT" });
    log.step({ step: "STEP_DONE" });
    log.end();
    const events = await all(log);
    assert.equal(events.length, 4_097);
    assert.equal(events.at(-1)?.step, "STEP_DONE");
  });
});
