import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { systemClock } from "./clock.ts";

describe("the system's clock", () => {
  it("sleeps", async () => {
    const begun = systemClock.now();
    await systemClock.sleep(5, new AbortController().signal);
    assert.ok(systemClock.now() - begun >= 4);
  });

  it("is woken by its signal, with the signal's reason", async () => {
    const caller = new AbortController();
    const reason = new Error("up");
    const asleep = systemClock.sleep(60_000, caller.signal);
    caller.abort(reason);
    await assert.rejects(asleep, reason);
    await assert.rejects(systemClock.sleep(60_000, caller.signal), reason);
  });
});
