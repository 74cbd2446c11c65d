import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { markdown } from "./markdown.ts";
import { aContest, aMachine } from "./testing/index.ts";

const figures = [
  { name: "rate", unit: "ratio", samples: [0.5, 0.7, 0.9], gate: { atLeast: 0.6 } },
] as const;
const scenario = { name: "fetch", about: "ours against theirs" };

describe("markdown", () => {
  it("has the command, the machine and a row a figure", () => {
    const measured = [{ scenario, figures }];
    const text = markdown([{ command: "npm run bench", machine: aMachine, measured }]);
    assert.match(text, /^- `npm run bench`\n- 2 cores \(A Processor\)/m);
    assert.match(text, /^## fetch\n\nOurs against theirs\.$/m);
    assert.match(text, /^\| rate \| >= 0\.60 x \| 0\.70 x \| 0\.50 x \.\. 0\.90 x \| pass \|$/m);
    assert.ok(text.endsWith("|\n"));
  });

  it("has a plot and a row a system where systems are compared, from however many commands", () => {
    const contest = aContest({ ours: [8], theirs: [16] });
    const report = (command: string, name: string) => ({
      ...{ command, machine: aMachine },
      measured: [{ scenario: { ...scenario, name }, figures: [], contest }],
    });
    const text = markdown([report("one", "g1"), report("other", "g2")]);
    assert.match(text, /^!\[g1\]\(plots\/g1\.svg\)\n\n\| system \| runs \| all /m);
    assert.match(text, /^\| theirs \| 1 \| 16\.00 s \| 2\.00 x /m);
    assert.match(text, /^- `other`\n(.*\n)+\n## g2$/m);
    assert.equal(text.match(/^- theirs: as it is\.$/gm)?.length, 1, "settings once for all");
  });

  it("says of which systems nothing is known", () => {
    const contest = aContest({ ours: [8], theirs: [16] }, { voids: ["theirs"] });
    const measured = [{ scenario, figures: [], contest }];
    const text = markdown([{ command: "npm run bench", machine: aMachine, measured }]);
    assert.match(text, /^- Every race of theirs was void: .* less than 15 % of the time\./m);
    assert.doesNotMatch(text, /Every race of ours/);
  });
});
