import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { FileCount, type FileTally } from "./tally.ts";
import type { FileCoverage, TestEvent } from "./test-events.ts";
import { TOP } from "./top.ts";
import { type Limits, watch } from "./watchdog.ts";

export type TestRun = Limits & {
  /** Absolute paths. */
  readonly files: readonly string[];
  /** How many files at once. */
  readonly concurrency: number;
  /** Of a test that says nothing of its own. */
  readonly testTimeoutMs: number;
  /** Globs from the top; no coverage is measured without any. */
  readonly coverageOf?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
};

export type TestRunResult = {
  readonly tallies: readonly FileTally[];
  readonly coverage: readonly FileCoverage[];
};

function argumentsFor({ files, concurrency, testTimeoutMs, coverageOf = [] }: TestRun): string[] {
  const coverage = [
    "--experimental-test-coverage",
    ...coverageOf.map((glob) => `--test-coverage-include=${glob}`),
    ...["--test-coverage-exclude=**/*.test.ts", "--test-coverage-exclude=**/testing/**"],
  ];
  return [
    ...["--disable-warning=ExperimentalWarning", "--test"],
    ...[`--test-concurrency=${concurrency}`, `--test-timeout=${testTimeoutMs}`],
    ...[`--test-reporter=${join(TOP, "tools/reporter.ts")}`, "--test-reporter-destination=stdout"],
    ...(coverageOf.length > 0 ? coverage : []),
    ...files,
  ];
}

function startRunner(run: TestRun): ChildProcess {
  const env: NodeJS.ProcessEnv = { ...process.env, ...run.env };
  // Set when this itself runs inside a test: the child would report to that one.
  delete env["NODE_TEST_CONTEXT"];
  return spawn(process.execPath, argumentsFor(run), {
    cwd: TOP,
    env,
    // A process group of its own, so that it can be killed with all that it started.
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
}

function parseEvent(line: string): TestEvent | undefined {
  if (!line.startsWith('{"type":')) return undefined;
  return JSON.parse(line) as TestEvent;
}

/** Runs test files, each in its own process, and counts what became of their tests. */
export async function runTests(
  run: TestRun,
  tellProgress: (tally: FileTally) => void = () => {},
): Promise<TestRunResult> {
  const counts = new Map(run.files.map((file) => [file, new FileCount(file)]));
  let coverage: readonly FileCoverage[] = [];
  const child = startRunner(run);
  const watchdog = watch(child, run, (commandLine) => {
    const file = run.files.find((path) => commandLine.includes(path));
    counts.get(file ?? "")?.endedAfter(run.fileTimeoutMs);
  });
  const exited = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  if (child.stdout === null) throw new Error("the runner has no stdout");
  for await (const line of createInterface({ input: child.stdout })) {
    const event = parseEvent(line);
    if (event === undefined) console.log(line);
    else if (event.type === "coverage") coverage = event.files;
    else countFor(event, counts).add(event);
  }
  const [, signal] = await exited;
  watchdog.stop();
  const why = watchdog.isLate ? `the run took longer than ${run.timeoutMs / 1000} s` : signal;
  for (const count of counts.values()) count.end(why ?? undefined);
  const tallies = [...counts.values()].map((count) => count.tally());
  for (const tally of tallies) tellProgress(tally);
  return { tallies, coverage };
}

function countFor(
  event: Exclude<TestEvent, { type: "coverage" }>,
  counts: ReadonlyMap<string, FileCount>,
): FileCount {
  const file = event.type === "result" ? event.result.file : event.file;
  const count = counts.get(file);
  if (count === undefined) throw new Error(`the runner told of a file that was not run: ${file}`);
  return count;
}
