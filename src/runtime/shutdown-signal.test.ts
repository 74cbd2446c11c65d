import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { describe, it } from "node:test";
import { shutdownSignal } from "./shutdown-signal.ts";

class FakeProcess extends EventEmitter {
  readonly exits: number[] = [];
  exit(code: number): void {
    this.exits.push(code);
  }
}

describe("shutdownSignal", () => {
  for (const [name, code] of [
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const) {
    it(`aborts on the first ${name} and exits ${code} on the second`, () => {
      const source = new FakeProcess();
      const signal = shutdownSignal(source);
      assert.equal(signal.aborted, false);
      source.emit(name, name);
      assert.equal(signal.aborted, true);
      assert.equal(signal.reason.message, `stopped by ${name}`);
      assert.deepEqual(source.exits, []);
      source.emit(name, name);
      assert.deepEqual(source.exits, [code]);
    });
  }
});
