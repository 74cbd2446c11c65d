import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createInTurns } from "./in-turns.ts";

/** Each act takes 4 ms. */
function start() {
  let nowMs = 0;
  const done: string[] = [];
  const turns = createInTurns(
    (node) => {
      done.push(node);
      nowMs += 4;
    },
    () => nowMs,
  );
  return { turns, done };
}
const macrotask = () => new Promise((resolve) => setImmediate(resolve));

describe("what is done in turns", () => {
  it("is done at once for a few, and for many in parts", async () => {
    const { turns, done } = start();
    turns.soon(["a", "b", "c", "d", "e"]);
    assert.deepEqual(done, ["a", "b", "c"]);
    await macrotask();
    assert.deepEqual(done, ["a", "b", "c", "d", "e"]);
  });

  it("is done once for who waits, and again for who has had a turn", async () => {
    const { turns, done } = start();
    turns.soon(["a", "b", "c", "d"]);
    turns.soon(["d", "a"]);
    await macrotask();
    assert.deepEqual(done, ["a", "b", "c", "d", "a"]);
  });

  it("is done now where that is asked for, and not again", async () => {
    const { turns, done } = start();
    turns.soon(["a", "b", "c", "d", "e"]);
    turns.now("e");
    await macrotask();
    assert.deepEqual(done, ["a", "b", "c", "e", "d"]);
  });

  it("is over when it is ended", async () => {
    const { turns, done } = start();
    turns.soon(["a", "b", "c", "d"]);
    turns.end();
    await macrotask();
    assert.deepEqual(done, ["a", "b", "c"]);
    turns.soon(["e"]);
    assert.deepEqual(done, ["a", "b", "c", "e"]);
  });
});
