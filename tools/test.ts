// Everything: set-up, checks, build, unit tests with their coverage, end-to-end tests. With files named, those alone.
import { resolve } from "node:path";
import { build } from "./build.ts";
import { CHECKS, type Check } from "./checks.ts";
import { runEndToEndTests } from "./end-to-end-tests.ts";
import { buildPrograms, type GoModule } from "./go-modules.ts";
import { CHARTS, CONTROL_PLANE, GO_MODULES, KIND, MONITORS, RUNTIME } from "./go-programs.ts";
import { runCheck, tellEnd, tellProgress } from "./report.ts";
import { setUp } from "./set-up.ts";
import { endToEndTestFiles, testFilesNamed, unitTestFiles } from "./sources.ts";
import { closingLine, type FileTally, failedTally, isGood } from "./tally.ts";
import { TOP } from "./top.ts";
import { runUnitTests, runUnitTestsWithCoverage } from "./unit-tests.ts";

// What it installs is not all that tests need: those that lack something say so themselves.
const setUpCheck: Check = {
  name: "set-up",
  run: () => {
    setUp();
    return undefined;
  },
};

const buildCheck: Check = { name: "build", run: () => build().then(() => undefined) };

// Without Go the tests that need them say themselves that they are left out, and why.
const goProgramsCheck = (modules: readonly GoModule[]): Check => ({
  name: "programs of a cluster",
  run: () => {
    for (const module of modules) buildPrograms(module);
    return undefined;
  },
});

/** The modules whose programs these tests start. */
function neededModules(files: readonly string[]): readonly GoModule[] {
  const isIn = (directory: string) => (file: string) =>
    file.startsWith(`${resolve(TOP, directory)}/`);
  if (files.some(isIn("e2e/nodes"))) return GO_MODULES;
  const isOfChart = (file: string) => /chart[^/]*$/.test(file);
  return [
    ...(files.some(isIn("e2e/cluster")) ? [CONTROL_PLANE] : []),
    ...(files.some(isIn("e2e/node")) ? [RUNTIME] : []),
    ...(files.some(isOfChart) ? [CHARTS, MONITORS] : []),
    ...(files.some(isIn("e2e/kind")) ? [KIND] : []),
  ];
}

const isEndToEnd = (file: string) => file.startsWith(`${resolve(TOP, "e2e")}/`);

async function buildAndRun(files: readonly string[]): Promise<FileTally[]> {
  if (files.length === 0) return [];
  const built = await runCheck(buildCheck);
  // Without its programs every test would fail, and hide the reason.
  if (built.failures.length > 0) return [built];
  const modules = neededModules(files);
  const prepared = modules.length > 0 ? [await runCheck(goProgramsCheck(modules))] : [];
  return [built, ...prepared, ...(await runEndToEndTests(files, tellProgress))];
}

async function runNamed(files: readonly string[]): Promise<FileTally[]> {
  const unit = files.filter((file) => !isEndToEnd(file));
  const tallies = unit.length > 0 ? await runUnitTests(unit, tellProgress) : [];
  return [...tallies, ...(await buildAndRun(files.filter(isEndToEnd)))];
}

async function runAll(): Promise<FileTally[]> {
  const checked = await Promise.all(CHECKS.map((check) => runCheck(check)));
  const unit = await runUnitTestsWithCoverage(unitTestFiles(), tellProgress);
  return [...checked, ...unit, ...(await buildAndRun(endToEndTestFiles()))];
}

async function run(names: readonly string[]): Promise<FileTally[]> {
  try {
    const named = testFilesNamed(names);
    const ready = await runCheck(setUpCheck);
    return [ready, ...(await (names.length > 0 ? runNamed(named) : runAll()))];
  } catch (error) {
    return [failedTally("the run", "it broke off", error instanceof Error ? error.stack : error)];
  }
}

const tallies = await run(process.argv.slice(2));
tellEnd(tallies);
console.log(closingLine(tallies));
process.exitCode = isGood(tallies, process.env["CI"] === "true") ? 0 : 1;
