import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { drawBars } from "./plot.ts";
import { drawContest } from "./results.ts";
import { aContest } from "./testing/index.ts";

const widthsOf = (svg: string) =>
  [...svg.matchAll(/<rect class="\w+" [^>]*? width="([\d.]+)"/g)].map(([, width]) => Number(width));

describe("drawBars", () => {
  it("draws bars as long as their values, from zero", () => {
    const bars = [
      { label: "ours", value: 1, text: "1 x", isOurs: true },
      { label: "a < b & c", value: 4, text: "4 x", isOurs: false },
    ];
    const svg = drawBars({ title: 'the "title"', bars, mark: { value: 1, label: "bound" } });
    const [ours = 0, theirs] = widthsOf(svg);
    assert.equal(ours * 4, theirs);
    assert.match(svg, /a &lt; b &amp; c/);
    assert.match(svg, /aria-label="the &quot;title&quot;"/);
    assert.equal(svg.match(/class="ours"/g)?.length, 1);
  });
});

describe("drawContest", () => {
  it("has the systems that count and were measured", () => {
    const contest = aContest({ ours: [8, 8, 24], slow: [9], busy: [9] }, { voids: ["busy"] });
    const contestants = contest.contestants.map((each) =>
      each.name === "slow" ? { ...each, aloneShare: 0.5 } : each,
    );
    const svg = drawContest({ name: "race", about: "to few" }, { ...contest, contestants });
    assert.match(svg, />ours<\/text>/);
    assert.match(svg, />1\.00 x<\/text>/);
    assert.equal(widthsOf(svg).length, 1);
  });
});
