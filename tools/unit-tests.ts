import { join, relative } from "node:path";
import { findShortfall, withUnloadedFiles } from "./coverage.ts";
import { runTests, type TestRun } from "./run-tests.ts";
import { inProcesses } from "./shared-process.ts";
import { filesMatching } from "./sources.ts";
import { type FileTally, failedTally } from "./tally.ts";
import type { FileCoverage } from "./test-events.ts";
import { TOP } from "./top.ts";

/** The modules whose lines the unit tests must cover. */
const COVERED_MODULES = ["src/oci", "src/bt"];

const LIMITS: Omit<TestRun, "files"> = {
  concurrency: 2,
  testTimeoutMs: 30_000,
  fileTimeoutMs: 300_000,
  timeoutMs: 600_000,
};

// Spares a fifth of the processor time. Not with coverage, which what was compiled before makes less exact.
const COMPILED_BEFORE = { NODE_COMPILE_CACHE: join(TOP, "node_modules/.cache/oci-torrent") };

type Tell = (tally: FileTally) => void;

/** As fast as can be: some processes run while others wait. */
export async function runUnitTests(files: readonly string[], tell: Tell): Promise<FileTally[]> {
  const { shared, own } = inProcesses(files);
  const run = (some: readonly string[]) =>
    runTests({ files: some, ...LIMITS, env: COMPILED_BEFORE }, tell);
  const runs = [shared, own].filter((some) => some.length > 0).map(run);
  return (await Promise.all(runs)).flatMap(({ tallies }) => tallies);
}

/** As well, and a module of which too few lines are covered counts as a failure. */
export async function runUnitTestsWithCoverage(
  files: readonly string[],
  tell: Tell,
): Promise<FileTally[]> {
  const coverageOf = COVERED_MODULES.map((module) => `${module}/**/*.ts`);
  const { tallies, coverage } = await runTests({ files, ...LIMITS, coverageOf }, tell);
  return [...tallies, ...COVERED_MODULES.flatMap((module) => shortfallOf(module, coverage))];
}

function shortfallOf(module: string, coverage: readonly FileCoverage[]): FileTally[] {
  const paths = filesMatching(`${module}/**/*.ts`).filter(
    (path) => !path.endsWith(".test.ts") && !relative(TOP, path).includes("/testing/"),
  );
  const shortfall = findShortfall(withUnloadedFiles(TOP, paths, coverage));
  return shortfall === undefined ? [] : [failedTally(module, "coverage", shortfall)];
}
