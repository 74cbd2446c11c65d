import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatValue, megabytes, type Unit } from "./units.ts";

describe("formatValue", () => {
  const written: [number, Unit, string][] = [
    [1.234, "s", "1.23 s"],
    [41.6, "ms", "42 ms"],
    [megabytes(123_456_789), "MB", "123.5 MB"],
    [812.4, "MB/s", "812 MB/s"],
    [0.666, "ratio", "0.67 x"],
    [0.20123, "share", "20.12 %"],
  ];
  for (const [value, unit, text] of written) {
    it(`writes ${value} ${unit} as ${text}`, () => assert.equal(formatValue(value, unit), text));
  }
});
