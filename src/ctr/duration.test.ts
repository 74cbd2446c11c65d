import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatDuration, parseDuration, whyNotLimit } from "./duration.ts";

describe("parseDuration", () => {
  const read = {
    "5": 5_000,
    "0": 0,
    "0.5": 500,
    "500ms": 500,
    "5s": 5_000,
    "1.5m": 90_000,
    "2m": 120_000,
    "1h": 3_600_000,
    "1m30s": 90_000,
    "1h1m1s1ms": 3_661_001,
  };
  for (const [text, milliseconds] of Object.entries(read)) {
    it(`reads ${text}`, () => assert.equal(parseDuration(text), milliseconds));
  }

  const refused = ["", " ", "5 s", "-1", "+1", "1e9", "NaN", "Infinity", "5d", "s", "1m30", "0x5"];
  for (const text of [...refused, "9".repeat(10), `${"1s".repeat(30)}`, "1.", ".5"]) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.equal(parseDuration(text), undefined));
  }
});

it("whyNotLimit names the bound that is broken", () => {
  const bounds = { least: 1, most: 60_000 };
  assert.equal(whyNotLimit(1, bounds), undefined);
  assert.equal(whyNotLimit(60_000, bounds), undefined);
  assert.match(whyNotLimit(0, bounds) ?? "", /^it must be more than 0; write seconds/);
  assert.equal(whyNotLimit(60_001, bounds), "it must be at most 1m");
  assert.match(whyNotLimit(undefined, bounds) ?? "", /^write seconds/);
});

describe("formatDuration", () => {
  const written = { 500: "500ms", 5000: "5s", 90000: "1m30s", 3600000: "1h", 3665000: "1h1m5s" };
  for (const [milliseconds, text] of Object.entries(written)) {
    it(`writes ${text}`, () => assert.equal(formatDuration(Number(milliseconds)), text));
  }
});
