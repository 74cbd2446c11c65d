import assert from "node:assert/strict";
import { it } from "node:test";
import { interruption } from "./interruption.ts";

it("interruption aborts on the first Ctrl-C and ends the process on the second", () => {
  const exits: number[] = [];
  let press = () => {};
  const signal = interruption({
    on: (_name, listener) => {
      press = listener;
    },
    exit: (code) => exits.push(code),
  });
  assert.equal(signal.aborted, false);
  press();
  assert.equal(signal.reason.code, "INTERRUPTED");
  assert.deepEqual(exits, []);
  press();
  assert.deepEqual(exits, [130]);
});
