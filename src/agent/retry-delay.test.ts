import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { retryDelayMs } from "./retry-delay.ts";

describe("another try", () => {
  it("comes after 30 s, twice that, and so on up to 10 minutes", () => {
    assert.deepEqual(
      [1, 2, 5, 6, 1_000].map(retryDelayMs),
      [30_000, 60_000, 480_000, 600_000, 600_000],
    );
  });
});
