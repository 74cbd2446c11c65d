// The harness that compares systems works: on one small course, and nothing is left of it when it is interrupted.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { findLeftovers } from "../tools/leftovers.ts";
import { TOP } from "../tools/top.ts";
import { start } from "./support/processes.ts";
import { lacking, nodeProgram } from "./support/programs.ts";
import { tempDir } from "./support/temp.ts";

const MAIN = join(TOP, "bench/main.ts");
const TIMEOUT_MS = 160_000;
const SYSTEMS = ["ours", "aria2", "libtorrent", "direct"];
const skip = lacking(
  ...["root", "ip", "tc", "docker-registry", "skopeo", "aria2c", "python3-libtorrent"],
);

function startBench(t: TestContext, ...flags: string[]) {
  const course = ["--scenario=smoke", "--runs=1", "--seed=1"];
  return start(t, nodeProgram, [MAIN, ...course, ...flags]);
}

describe("the comparison of systems", { skip, timeout: TIMEOUT_MS + 15_000 }, () => {
  it("has them bring an image to nodes, and tells how each did", async (t) => {
    const file = join(tempDir(t), "lines");
    const bench = startBench(t, `--systems=${SYSTEMS.join()}`, `--json=${file}`);
    await bench.line(/^smoke: /, TIMEOUT_MS);
    await bench.exit;
    const lines = readFileSync(file, "utf8").trim().split("\n").map(parseLine);
    const races = lines.filter(({ line }) => line === "race");
    assert.deepEqual(races.map(({ system }) => system).sort(), [...SYSTEMS].sort());
    for (const { makespanSeconds = 0, boundSeconds = 0, nodeSeconds } of races) {
      assert.ok(makespanSeconds > boundSeconds && boundSeconds > 0, "nothing beats the links");
      assert.equal(nodeSeconds?.length, 2);
    }
  });

  it("leaves no process, no namespace and no directory behind when it is interrupted", async (t) => {
    const bench = startBench(t, "--systems=ours");
    await bench.line(/seed 1\)$/, TIMEOUT_MS);
    const runName = `bench-${bench.pid}`;
    const before = findLeftovers(runName);
    bench.kill("SIGINT");
    assert.equal((await bench.exit).code, 130);
    const after = findLeftovers(runName);
    assert.deepEqual([after.processes, after.directories], [[], []]);
    // The control: there was something to leave, among it what holds the namespaces.
    assert.ok(before.directories.length > 0);
    assert.ok(before.processes.some(({ command }) => /sleep infinity/.test(command)));
  });
});

type Line = {
  readonly line: string;
  readonly system?: string;
  readonly makespanSeconds?: number;
  readonly boundSeconds?: number;
  readonly nodeSeconds?: readonly number[];
};

const parseLine = (text: string) => JSON.parse(text) as Line;
