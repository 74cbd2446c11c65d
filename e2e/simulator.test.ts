// `npm run sim`: larger swarms than the unit tests have, each within its bounds.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { TOP } from "../tools/top.ts";
import { start } from "./support/processes.ts";
import { nodeProgram } from "./support/programs.ts";
import { tempDir } from "./support/temp.ts";

const MAIN = join(TOP, "bench/simulator/main.ts");
const TIMEOUT_MS = 170_000;

type Line = {
  readonly line: string;
  readonly scenario: string;
  readonly name: string;
  readonly samples: readonly number[];
  readonly verdict: "pass" | "miss" | "none";
};

async function simulate(t: TestContext, ...args: string[]) {
  const file = join(tempDir(t), "lines");
  const { code } = await start(t, nodeProgram, [MAIN, `--json=${file}`, ...args]).exit;
  const lines = readFileSync(file, "utf8").trim().split("\n");
  const figures = lines.map((line) => JSON.parse(line) as Line);
  return { code, figures: figures.filter(({ line }) => line === "figure") };
}

describe("the simulator", { timeout: TIMEOUT_MS + 10_000 }, () => {
  it("brings every course's swarm home within its bounds", async (t) => {
    const { code, figures } = await simulate(t, "--seeds=2");
    const missed = figures.filter(({ verdict }) => verdict === "miss");
    assert.deepEqual(missed, []);
    assert.equal(code, 0);
    const judged = figures.filter(({ verdict }) => verdict === "pass").map((each) => each.scenario);
    assert.deepEqual(
      [...new Set(judged)],
      ["g1", "g2", "g3", "g3-100", "g4", "g4-layers", "many", "zones"],
    );
    // Two zones of three need each byte at least once.
    const crossed = figures.find(({ name }) => name === "came from another zone");
    for (const share of crossed?.samples ?? []) assert.ok(share >= 2 / 30, `${share}`);
    assert.equal(crossed?.samples.length, 2);
  });

  it("gives the same for the same seed, and something else for another", async (t) => {
    const args = ["--leechers=5", "--megabytes=10", "--seeds=2"];
    const [first, second] = [await simulate(t, ...args), await simulate(t, ...args)];
    const timesOf = ({ figures }: typeof first) =>
      figures.find(({ name }) => name === "last node, to the bound")?.samples ?? [];
    assert.deepEqual(timesOf(first), timesOf(second));
    assert.notEqual(timesOf(first)[0], timesOf(first)[1]);
  });
});
