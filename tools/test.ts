// Everything: set-up, checks, build, unit tests with their coverage, end-to-end tests. With files named, those alone.
import { resolve } from "node:path";
import { build } from "./build.ts";
import { CHECKS } from "./checks.ts";
import { runEndToEndTests } from "./end-to-end-tests.ts";
import { runCheck, tellEnd, tellProgress } from "./report.ts";
import { setUp } from "./set-up.ts";
import { endToEndTestFiles, unitTestFiles } from "./sources.ts";
import { closingLine, type FileTally, isGood } from "./tally.ts";
import { TOP } from "./top.ts";
import { runUnitTests, runUnitTestsWithCoverage } from "./unit-tests.ts";

const buildCheck = {
  name: "build",
  run: () => build().then(() => undefined, String),
};

const isEndToEnd = (file: string) => file.startsWith(resolve(TOP, "e2e/"));

async function buildAndRun(files: readonly string[]): Promise<FileTally[]> {
  if (files.length === 0) return [];
  const built = await runCheck(buildCheck);
  // Without its programs every test would fail, and hide the reason.
  if (built.failures.length > 0) return [built];
  return [built, ...(await runEndToEndTests(files, tellProgress))];
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

const named = process.argv.slice(2).map((file) => resolve(file));
setUp();
const tallies = named.length > 0 ? await runNamed(named) : await runAll();
tellEnd(tallies);
console.log(closingLine(tallies));
process.exitCode = isGood(tallies, process.env["CI"] === "true") ? 0 : 1;
