import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { misses, type Report, tableLines } from "./report.ts";
import { aContest, aMachine } from "./testing/index.ts";

const report: Report = {
  command: "npm run bench",
  machine: aMachine,
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

  it("have a row a system where systems are compared, and tell how that was done", () => {
    const scenario = { name: "race", about: "to few" };
    const contest = aContest({ ours: [8, 8.8], theirs: [16, 18] });
    const lines = tableLines({ ...report, measured: [{ scenario, figures: [], contest }] });
    const text = lines.join("\n");
    assert.match(text, /^ {2}system +runs +all +x bound/m);
    assert.match(text, /^ {2}ours +2 +8\.40 s +1\.05 x/m);
    assert.match(text, /^ {2}theirs +2 +17\.00 s +2\.13 x/m);
    assert.match(text, /^ {2}theirs 1\.2\.3: alone 99 % of the link\.$/m);
    assert.match(text, /^theirs: as it is\.$/m);
  });
});

describe("misses", () => {
  it("names what is out of its bound, and nothing else", () => {
    assert.deepEqual(misses(report), ["fetch: missed: peak"]);
  });

  it("names systems of which no race was valid", () => {
    const contest = aContest({ ours: [8, 8.8], theirs: [16, 18] }, { voids: ["theirs"] });
    const measured = [{ scenario: { name: "race", about: "to few" }, figures: [], contest }];
    assert.deepEqual(misses({ ...report, measured }), ["race: every race of theirs was void"]);
  });
});
