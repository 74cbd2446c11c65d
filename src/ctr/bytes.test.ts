import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatBytes } from "./bytes.ts";

describe("formatBytes", () => {
  const written: readonly (readonly [number, string])[] = [
    [0, "0B"],
    [999, "999B"],
    [1_000, "1.0kB"],
    [1_250, "1.3kB"],
    [9_949, "9.9kB"],
    [9_950, "10kB"],
    [999_499, "999kB"],
    [999_500, "1.0MB"],
    [46_000_000, "46MB"],
    [1_500_000_000, "1.5GB"],
    [Number.MAX_SAFE_INTEGER, "9.0PB"],
    [-5, "0B"],
  ];
  for (const [bytes, text] of written) {
    it(`writes ${text} for ${bytes}`, () => assert.equal(formatBytes(bytes), text));
  }
});
