// The tests of deciding are good for something: each of these mistakes makes one of them fail.
import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { TOP } from "../../tools/top.ts";
import { run } from "../support/processes.ts";
import { nodeProgram } from "../support/programs.ts";
import { DECIDE_MUTANTS, type Mutant } from "./mutant.ts";

const TESTS = globSync("src/controller/decide/*.test.ts", { cwd: TOP });

/** The tests of deciding, with the mistake in it. */
const tested = (mutant: Mutant | undefined) =>
  run(
    nodeProgram,
    [
      `--import=${join(TOP, "e2e/mutants/apply-mutant.ts")}`,
      "--test",
      "--test-isolation=none",
      "--test-reporter=tap",
      ...TESTS,
    ],
    {
      cwd: TOP,
      codes: [0, 1],
      env: {
        OCI_TORRENT_MUTANT: mutant === undefined ? undefined : JSON.stringify(mutant),
        // Else the runner takes itself for a part of this one.
        NODE_TEST_CONTEXT: undefined,
      },
    },
  );

const countOf = (tap: string, what: "pass" | "fail") =>
  Number(new RegExp(`^# ${what} (\\d+)$`, "m").exec(tap)?.[1] ?? Number.NaN);

describe("the tests of deciding", () => {
  it("pass as things are", async () => {
    const { code, stdout } = await tested(undefined);
    assert.equal(code, 0, stdout);
    assert.ok(countOf(stdout, "pass") >= 100, stdout.slice(-1_000));
  });

  for (const mutant of DECIDE_MUTANTS) {
    it(`notice ${mutant.is || "nothing"} in the place of ${mutant.was}`, async () => {
      const { code, stdout } = await tested(mutant);
      const [passed, failed] = [countOf(stdout, "pass"), countOf(stdout, "fail")];
      assert.equal(code, 1, "they pass");
      // They run, and some fail: it is not that nothing runs any more.
      assert.ok(
        failed >= 1 && passed >= 1,
        `${passed} pass, ${failed} fail\n${stdout.slice(-2_000)}`,
      );
    });
  }
});
