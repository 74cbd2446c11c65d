import type { TestEvent, TestResult } from "./test-events.ts";
import { fromTop } from "./top.ts";

export type TestFailure = {
  readonly file: string;
  readonly name: string;
  readonly text: string;
};

export type Skipped = { readonly file: string; readonly name: string; readonly reason: string };

export type FileTally = {
  readonly file: string;
  readonly passed: number;
  readonly failures: readonly TestFailure[];
  readonly skipped: readonly Skipped[];
  readonly durationMs: number;
};

const titleOf = ({ name, line, file, source }: TestResult) => {
  const where = file === source ? `line ${line}` : `${fromTop(source)}:${line}`;
  return line > 0 ? `${name} (${where})` : name;
};

/** What became of one file's tests. Only leaves count: a suite, or a test that has others inside, is not one more. */
export class FileCount {
  readonly #file: string;
  readonly #parents = new Set<number>();
  readonly #failures: TestFailure[] = [];
  readonly #skipped: Skipped[] = [];
  #isComplete = false;
  #endedAfterMs: number | undefined;
  #passed = 0;
  #durationMs = 0;
  #output = "";

  constructor(file: string) {
    this.#file = file;
  }

  add(event: TestEvent): void {
    if (event.type === "output") this.#output += event.text;
    if (event.type === "complete") this.#complete(event.durationMs);
    if (event.type === "result") this.#addResult(event.result);
  }

  #complete(durationMs: number): void {
    this.#isComplete = true;
    this.#durationMs = durationMs;
  }

  #addResult(result: TestResult): void {
    const isParent = result.isSuite || this.#parents.has(result.id);
    if (result.parentId !== undefined) this.#parents.add(result.parentId);
    const name = titleOf(result);
    if (result.name === this.#file) {
      this.#addFile(result);
    } else if (result.skipped !== undefined) {
      this.#skipped.push({ file: this.#file, name, reason: result.skipped });
    } else if (result.failure !== undefined) {
      if (result.failure.kind !== "subtestsFailed") this.#fail(name, result.failure.text);
    } else if (!isParent) {
      this.#passed += 1;
    }
  }

  /** A result that bears the file's name is of its process as a whole. */
  #addFile({ failure }: TestResult): void {
    if (failure === undefined) return;
    const late = this.#endedAfterMs;
    const why = late === undefined ? failure.text : `it took longer than ${late / 1000} s`;
    this.#fail("the file", `${why}\n${this.#output}`.trimEnd());
  }

  #fail(name: string, text: string): void {
    this.#failures.push({ file: this.#file, name, text });
  }

  /** Its process took too long and was ended. */
  endedAfter(ms: number): void {
    this.#endedAfterMs = ms;
  }

  /** Call when its process is gone. `why` says how the run ended, if otherwise than it should. */
  end(why: string | undefined): void {
    if (this.#failures.length > 0) return;
    if (!this.#isComplete) {
      const ending = why ?? "its process ended before its tests did, or it has none";
      this.#fail("the file", `${ending}\n${this.#output}`.trimEnd());
    } else if (this.#passed + this.#skipped.length === 0) {
      this.#fail("the file", "it has no test");
    }
  }

  tally(): FileTally {
    return {
      file: this.#file,
      passed: this.#passed,
      failures: this.#failures,
      skipped: this.#skipped,
      durationMs: this.#durationMs,
    };
  }
}

/** Something that is no test file and has failed. */
export function failedTally(file: string, name: string, text: unknown): FileTally {
  const failures = [{ file, name, text: String(text) }];
  return { file, passed: 0, failures, skipped: [], durationMs: 0 };
}

/** The line that a run ends with. */
export function closingLine(tallies: readonly FileTally[]): string {
  const sum = (count: (tally: FileTally) => number) =>
    tallies.reduce((total, tally) => total + count(tally), 0);
  const passed = sum((tally) => tally.passed);
  const failed = sum((tally) => tally.failures.length);
  const skipped = sum((tally) => tally.skipped.length);
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** A run is good when something ran, nothing failed, and in CI nothing was left out. */
export function isGood(tallies: readonly FileTally[], isCi: boolean): boolean {
  const some = (has: (tally: FileTally) => boolean) => tallies.some(has);
  if (some(({ failures }) => failures.length > 0)) return false;
  if (!some(({ passed }) => passed > 0)) return false;
  return !(isCi && some(({ skipped }) => skipped.length > 0));
}
