/** What the runner hears of a test file, from tools/reporter.ts. Files are absolute paths. */
export type TestEvent =
  | { type: "result"; result: TestResult }
  /** All of a file's tests have been told. */
  | { type: "complete"; file: string; durationMs: number }
  | { type: "output"; file: string; text: string }
  | { type: "coverage"; files: readonly FileCoverage[] };

export type TestResult = {
  readonly file: string;
  /** Where it is written, which may be a file that others load. */
  readonly source: string;
  readonly name: string;
  readonly line: number;
  readonly id: number;
  readonly parentId: number | undefined;
  readonly isSuite: boolean;
  /** Why it was skipped; "" without a reason. */
  readonly skipped?: string;
  readonly failure?: Failure;
};

export type Failure = {
  /** node:test's word: "subtestsFailed" says that the reason stands with another result. */
  readonly kind: string;
  readonly text: string;
};

export type FileCoverage = {
  readonly path: string;
  readonly lines: number;
  readonly coveredLines: number;
};
