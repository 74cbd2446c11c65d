import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSlots } from "./slots.ts";

const never = new AbortController().signal;

describe("slots", () => {
  it("run at most so many tasks at a time, in the order of their coming", async () => {
    const inSlot = createSlots(2);
    const begun: number[] = [];
    const gates = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
    const tasks = gates.map((gate, index) =>
      inSlot(() => {
        begun.push(index);
        return gate.promise;
      }, never),
    );
    await Promise.resolve();
    assert.deepEqual(begun, [0, 1]);
    gates[1]?.resolve();
    await tasks[1];
    assert.deepEqual(begun, [0, 1, 2]);
    for (const gate of gates) gate.resolve();
    await Promise.all(tasks);
    assert.deepEqual(begun, [0, 1, 2, 3]);
  });

  it("let one that waits go before others that came earlier", async () => {
    const inSlot = createSlots<number>(1, (waiting) => waiting.indexOf(Math.max(...waiting)));
    const begun: number[] = [];
    const gate = Promise.withResolvers<void>();
    const tasks = [0, 5, 9, 7].map((about) =>
      inSlot(
        () => {
          begun.push(about);
          return gate.promise;
        },
        never,
        about,
      ),
    );
    gate.resolve();
    await Promise.all(tasks);
    assert.deepEqual(begun, [0, 9, 7, 5]);
  });

  it("give the slot of a failed task to the next", async () => {
    const inSlot = createSlots(1);
    await assert.rejects(inSlot(() => Promise.reject(new Error("broken")), never));
    assert.equal(await inSlot(async () => "fine", never), "fine");
  });

  it("forget who leaves the queue", async () => {
    const inSlot = createSlots(1);
    const gate = Promise.withResolvers<void>();
    const first = inSlot(() => gate.promise, never);
    const leave = new AbortController();
    const left = inSlot(async () => assert.fail("it had left"), leave.signal);
    const third = inSlot(async () => "third", never);
    leave.abort(new Error("left"));
    await assert.rejects(left, { message: "left" });
    gate.resolve();
    await first;
    assert.equal(await third, "third");
  });
});
