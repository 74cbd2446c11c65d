import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import { FileCount, type FileTally } from "./tally.ts";
import type { FileCoverage, TestEvent } from "./test-events.ts";
import { TOP } from "./top.ts";

const KILL_GRACE_MS = 5_000;

export type TestRun = {
  /** Absolute paths. */
  readonly files: readonly string[];
  /** How many files at once. */
  readonly concurrency: number;
  /** Of a test that says nothing of its own. */
  readonly testTimeoutMs: number;
  /** Of all the files together, after which the processes are killed. */
  readonly timeoutMs: number;
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

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Ends the process group when time is over or this process is told to end; the result says whether time was over. */
function watchOver(child: ChildProcess, timeoutMs: number): () => boolean {
  let isLate = false;
  const onSignal = (signal: NodeJS.Signals) => {
    killGroup(child, "SIGKILL");
    process.exit(signal === "SIGINT" ? 130 : 143);
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.on(signal, onSignal);
  const late = setTimeout(() => {
    isLate = true;
    killGroup(child, "SIGTERM");
  }, timeoutMs);
  const tooLate = setTimeout(() => killGroup(child, "SIGKILL"), timeoutMs + KILL_GRACE_MS);
  return () => {
    for (const signal of signals) process.off(signal, onSignal);
    clearTimeout(late);
    clearTimeout(tooLate);
    return isLate;
  };
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
  const endOfWatch = watchOver(child, run.timeoutMs);
  const exited = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  if (child.stdout === null) throw new Error("the runner has no stdout");
  for await (const line of createInterface({ input: child.stdout })) {
    const event = parseEvent(line);
    if (event === undefined) console.log(line);
    else if (event.type === "coverage") coverage = event.files;
    else countFor(event, counts).add(event);
  }
  const [, signal] = await exited;
  const isLate = endOfWatch();
  const why = isLate ? `it took longer than ${run.timeoutMs / 1000} s` : signal;
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

export const fromTop = (path: string) => relative(TOP, path);
