import assert from "node:assert/strict";
import { it } from "node:test";
import { statusSecondsFor } from "./status-pace.ts";

it("all agents together write no more than 15 times a second, and a few as often as they like", () => {
  const paces = [0, 3, 75, 76, 150, 151, 1_000, 5_000].map((agents) => statusSecondsFor(agents));
  assert.deepEqual(paces, [5, 5, 5, 10, 10, 20, 80, 640]);
});
