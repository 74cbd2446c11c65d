// A benchmark of the operator, with a few agents: that it measures what it says, and not how much that is.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { TOP } from "../../tools/top.ts";
import { run } from "../support/processes.ts";
import { nodeProgram } from "../support/programs.ts";
import { tempDir } from "../support/temp.ts";
import { lackingCluster } from "./programs.ts";

type Line = { readonly line: string; readonly name?: string; readonly median?: number };

describe("npm run bench", { skip: lackingCluster(), timeout: 300_000 }, () => {
  it("tells how long distributions over simulated agents wait for a condition", async (context) => {
    const file = join(tempDir(context), "figures");
    const flags = ["--scenario=distributions-500", "--agents=20", "--runs=1", "--json", file];
    // A machine that does something else besides may miss a gate, and this is no measurement.
    await run(nodeProgram, [join(TOP, "tools/run.mjs"), join(TOP, "bench/main.ts"), ...flags], {
      codes: [0, 1],
      timeoutMs: 240_000,
    });
    const lines = readFileSync(file, "utf8").trim().split("\n");
    const figures = new Map(
      lines
        .map((line) => JSON.parse(line) as Line)
        .flatMap(({ line, name = "", median = 0 }) =>
          line === "figure" ? [[name, median] as const] : [],
        ),
    );
    assert.equal(figures.size, 4);
    for (const [name, median] of figures) assert.ok(median > 0, name);
  });
});
