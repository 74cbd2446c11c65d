import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { jsonLines, markdown, misses, type Report, tableLines } from "./report.ts";

const report: Report = {
  command: "npm run bench",
  machine: {
    processor: "A Processor",
    cores: 2,
    memoryBytes: 2 ** 34,
    system: "Debian",
    kernel: "6.1",
    programs: { node: "24.0.0" },
    load: 0,
    idle: 1,
  },
  measured: [
    {
      scenario: { name: "fetch", about: "ours against theirs" },
      figures: [
        { name: "rate", unit: "ratio", samples: [0.5, 0.7, 0.9], gate: { atLeast: 0.6 } },
        { name: "peak", unit: "MB", samples: [151], gate: { atMost: 150 } },
        { name: "seconds", unit: "s", samples: [2, 3] },
      ],
    },
  ],
};

describe("tableLines", () => {
  it("line the columns up", () => {
    assert.deepEqual(tableLines(report), [
      "  figure   gate         measured  from .. to        verdict",
      "",
      "fetch: ours against theirs",
      "  rate     >= 0.60 x    0.70 x    0.50 x .. 0.90 x  pass",
      "  peak     <= 150.0 MB  151.0 MB                    miss",
      "  seconds               2.50 s    2.00 s .. 3.00 s",
    ]);
  });
});

describe("jsonLines", () => {
  it("give the machine, then each figure with all its samples", () => {
    const [machine, rate, ...others] = jsonLines(report).map((line) => JSON.parse(line));
    assert.equal(machine.machine.cores, 2);
    assert.deepEqual(rate, {
      scenario: "fetch",
      name: "rate",
      unit: "ratio",
      samples: [0.5, 0.7, 0.9],
      gate: { atLeast: 0.6 },
      median: 0.7,
      verdict: "pass",
    });
    assert.equal(others.length, 2);
  });
});

describe("markdown", () => {
  it("has the command, the machine and a row a figure", () => {
    const text = markdown(report);
    assert.match(text, /Written by `npm run bench`/);
    assert.match(text, /^- 2 cores \(A Processor\)/m);
    assert.match(text, /^## fetch\n\nOurs against theirs\.$/m);
    assert.match(text, /^\| rate \| >= 0\.60 x \| 0\.70 x \| 0\.50 x \.\. 0\.90 x \| pass \|$/m);
    assert.ok(text.endsWith("|\n"));
  });
});

describe("misses", () => {
  it("names what is out of its bound, and nothing else", () => {
    assert.deepEqual(misses(report), ["fetch: peak"]);
  });
});
