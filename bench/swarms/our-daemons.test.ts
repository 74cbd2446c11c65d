import assert from "node:assert/strict";
import { it } from "node:test";
import { createMetricsRegistry } from "../../src/runtime/index.ts";
import { parseLoopDelay } from "./our-daemons.ts";

it("the delay of the event loop is what a daemon's metrics say beyond its precision", async () => {
  assert.ok(Math.abs(parseLoopDelay("nodejs_eventloop_lag_p99_seconds 0.125\n") - 0.025) < 1e-9);
  // The control: that is what such metrics look like.
  const metrics = await createMetricsRegistry().metrics();
  assert.match(metrics, /^nodejs_eventloop_lag_p99_seconds \S+$/m);
});
