import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findShortfall, hasCode } from "./coverage.ts";

describe("findShortfall", () => {
  const good = { path: "src/oci/good.ts", lines: 90, coveredLines: 90 };
  const bad = { path: "src/oci/bad.ts", lines: 10, coveredLines: 0 };

  it("finds none when the module as a whole has enough", () => {
    assert.equal(findShortfall([good, bad]), undefined);
  });

  it("names the files that lack lines, the worst first", () => {
    const poor = { path: "src/oci/poor.ts", lines: 10, coveredLines: 8 };
    assert.deepEqual(findShortfall([good, poor, bad])?.split("\n"), [
      "89.1 % of its lines are covered, 90 % are required",
      "  0.0 % of src/oci/bad.ts",
      "  80.0 % of src/oci/poor.ts",
    ]);
  });
});

describe("hasCode", () => {
  const sources: Record<string, [string, boolean]> = {
    "a type": ["// About it.\nexport type A = { b: string };\n", false],
    "an interface of imported types": [
      'import type { B } from "./b.ts";\n/** It. */\nexport interface A { b: B }\n',
      false,
    ],
    "a constant": ["export const a = 1;\n", true],
    "exports of another file": ['export { a } from "./a.ts";\n', true],
  };
  for (const [what, [source, expected]] of Object.entries(sources)) {
    it(`is ${expected} for ${what}`, () => assert.equal(hasCode(source), expected));
  }
});
