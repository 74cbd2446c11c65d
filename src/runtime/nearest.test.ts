import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nearest } from "./nearest.ts";

const known = ["--bt-seeder", "--bt-tracker", "--listen", "--root-dir", "tracker", "config"];

describe("nearest", () => {
  const cases: Record<string, [string, string | undefined]> = {
    "a letter that is missing": ["--bt-seder", "--bt-seeder"],
    "letters that changed places": ["--lisetn", "--listen"],
    "another case": ["Tracker", "tracker"],
    "a letter too many": ["configg", "config"],
    "the beginning of one name": ["--root", "--root-dir"],
    "the beginning of two names": ["--bt-", undefined],
    "nothing like any": ["--frobnicate", undefined],
    "an empty text": ["", undefined],
    "a text without end": ["x".repeat(1_000_000), undefined],
  };
  for (const [what, [text, meant]] of Object.entries(cases)) {
    it(`answers ${meant} for ${what}`, () => assert.equal(nearest(text, known), meant));
  }
});
