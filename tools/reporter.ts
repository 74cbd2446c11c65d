// The reporter that node:test is started with: each event is a line of JSON, which tools/run-tests.ts reads.
import type { TestEvent as NodeEvent } from "node:test/reporters";
import { inspect } from "node:util";
import type { Failure, TestEvent, TestResult } from "./test-events.ts";

type Told = Extract<NodeEvent, { type: "test:pass" | "test:fail" }>;

// The file that was run: `file` says where a test is written, which may be a suite that several files share. Its type lacks it.
const entryFileOf = (data: { file?: string | undefined }) =>
  (data as { entryFile?: string }).entryFile ?? data.file ?? "";

type TestError = Error & { failureType?: string };

function failureOf({ type, data }: Told): { failure?: Failure } {
  if (type === "test:pass") return {};
  const {
    failureType: kind = "testCodeFailure",
    cause,
    ...error
  } = data.details.error as TestError;
  return { failure: { kind, text: describe(cause ?? error) } };
}

function describe(cause: unknown): string {
  // The message of an assertion has the difference in it; its other properties would say it all again.
  if (cause instanceof Error && "code" in cause && cause.code === "ERR_ASSERTION") {
    return cause.stack ?? cause.message;
  }
  return typeof cause === "string" ? cause : inspect(cause, { depth: 6 });
}

/** A skipped test is told with its reason, a test marked as to do like one. */
function skippedOf({ data: { skip, todo } }: Told): { skipped?: string } {
  const mark = skip ?? todo;
  if (mark === undefined || mark === false) return {};
  return { skipped: mark === true ? "" : String(mark) };
}

function resultOf(told: Told): TestResult {
  const { data } = told;
  return {
    file: entryFileOf(data),
    source: data.file ?? "",
    name: data.name,
    line: data.line ?? 0,
    id: data.testId,
    parentId: data.parentId,
    isSuite: data.details.type === "suite",
    ...skippedOf(told),
    ...failureOf(told),
  };
}

function eventOf(event: NodeEvent): TestEvent | undefined {
  switch (event.type) {
    case "test:pass":
    case "test:fail":
      return { type: "result", result: resultOf(event) };
    case "test:summary":
      // The one without a file is of the whole run.
      if (event.data.file === undefined) return undefined;
      return {
        type: "complete",
        file: entryFileOf(event.data),
        durationMs: event.data.duration_ms,
      };
    case "test:stdout":
    case "test:stderr":
      return { type: "output", file: entryFileOf(event.data), text: event.data.message };
    case "test:coverage":
      return {
        type: "coverage",
        files: event.data.summary.files.map((file) => ({
          path: file.path,
          lines: file.totalLineCount,
          coveredLines: file.coveredLineCount,
        })),
      };
    default:
      return undefined;
  }
}

export default async function* reporter(events: AsyncIterable<NodeEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    const told = eventOf(event);
    if (told !== undefined) yield `${JSON.stringify(told)}\n`;
  }
}
