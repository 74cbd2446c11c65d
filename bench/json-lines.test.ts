import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { jsonLines, parseReport } from "./json-lines.ts";
import { markdown } from "./markdown.ts";
import type { Report } from "./report.ts";
import { aContest, aMachine } from "./testing/index.ts";

const rate = { name: "rate", unit: "ratio", samples: [0.5, 0.7], gate: { atLeast: 0.6 } } as const;
const contest = aContest({ ours: [8], theirs: [16] });
const report: Report = {
  command: "npm run bench",
  machine: aMachine,
  measured: [
    { scenario: { name: "fetch", about: "ours against theirs" }, figures: [rate] },
    { scenario: { name: "race", about: "to few" }, figures: [rate], contest },
  ],
};

describe("jsonLines", () => {
  it("give the machine, then each scenario, its figures and its races with what follows from them", () => {
    const lines = jsonLines(report).map((line) => JSON.parse(line));
    assert.deepEqual(
      lines.map(({ line }) => line),
      ["machine", "scenario", "figure", "scenario", "figure", "race", "race"],
    );
    assert.equal(lines[0].machine.cores, 2);
    const told = { line: "figure", scenario: "fetch", ...rate, median: 0.6, verdict: "pass" };
    assert.deepEqual(lines[2], told);
    const { scenario, system, makespanSeconds, boundSeconds } = lines[6];
    assert.deepEqual([scenario, system, makespanSeconds, boundSeconds], ["race", "theirs", 16, 8]);
  });
});

describe("parseReport", () => {
  it("reads what was written, so that the same results follow from it", () => {
    const read = parseReport(`${jsonLines(report).join("\n")}\n`);
    assert.equal(markdown([read]), markdown([report]));
  });

  const wrong = {
    "something else": '{"figure":1}',
    "a figure of no scenario": `${jsonLines(report)[0]}\n{"line":"figure"}`,
    "a race where nothing was compared": `${jsonLines(report).slice(0, 2).join("\n")}\n{"line":"race"}`,
  };
  for (const [what, text] of Object.entries(wrong)) {
    it(`refuses ${what}`, () => {
      assert.throws(() => parseReport(text), /machine|before any|where none/);
    });
  }
});
