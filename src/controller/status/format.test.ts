import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatBytes, formatCounts, formatPercent, formatSeconds, formatTime } from "./format.ts";

describe("figures in columns", () => {
  it("are bytes with one digit where that tells more", () => {
    const sizes = [0, 1, 1_023, 1_024, 1_536, 10 * 1_024, 1.2 * 2 ** 30, 40 * 2 ** 20, 2 ** 60];
    assert.deepEqual(sizes.map(formatBytes), [
      "0B",
      "1B",
      "1023B",
      "1.0KiB",
      "1.5KiB",
      "10KiB",
      "1.2GiB",
      "40MiB",
      "1024PiB",
    ]);
  });
  it("are times in two units at most", () => {
    assert.deepEqual([0.1, 40, 190, 7_500].map(formatSeconds), ["1s", "40s", "3m10s", "2h5m"]);
  });
  it("are 100% only where nothing is left", () => {
    const shares = [
      [0, 0],
      [0, 5],
      [999, 1_000],
      [5, 5],
      [9, 5],
    ] as const;
    assert.deepEqual(
      shares.map(([part, whole]) => formatPercent(part, whole)),
      ["0%", "0%", "99%", "100%", "100%"],
    );
  });
  it("are moments in whole seconds, and counts with the most frequent first", () => {
    assert.equal(formatTime(Date.UTC(2030, 0, 1) + 999), "2030-01-01T00:00:00Z");
    const counts = [
      ["B", 1],
      ["C", 2],
      ["A", 1],
    ] as const;
    assert.equal(formatCounts(counts), "2 C, 1 A, 1 B");
  });
});
