import type { Check, Finding } from "./checks.ts";
import type { FileTally, Skipped } from "./tally.ts";
import { fromTop } from "./top.ts";

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

/** A check counts like a test file: no test of its own when it is well, a failure when it is not. */
export async function runCheck(check: Check): Promise<FileTally> {
  const startedAt = performance.now();
  const finding = await findingOf(check);
  const durationMs = performance.now() - startedAt;
  const failures =
    finding === undefined ? [] : [{ file: check.name, name: "check", text: finding }];
  const verdict = finding === undefined ? "ok" : "FAILED";
  console.log(`${verdict.padEnd(7)}${check.name} (${seconds(durationMs)})`);
  return { file: check.name, passed: 0, failures, skipped: [], durationMs };
}

async function findingOf(check: Check): Promise<Finding> {
  try {
    return await check.run();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** One line a file. */
export function tellProgress({ file, passed, failures, skipped, durationMs }: FileTally): void {
  const verdict = failures.length > 0 ? "FAILED" : passed > 0 ? "ok" : "-";
  const counts = [
    `${passed} passed`,
    ...(failures.length > 0 ? [`${failures.length} failed`] : []),
    ...(skipped.length > 0 ? [`${skipped.length} skipped`] : []),
  ].join(", ");
  console.log(`${verdict.padEnd(7)}${fromTop(file)} (${counts}, ${seconds(durationMs)})`);
}

const skippedLine = ({ file, name, reason }: Skipped) =>
  `skipped ${fromTop(file)}: ${name}${reason === "" ? "" : ` (${reason})`}`;

/** What was left out, then what failed, in full. */
export function tellEnd(tallies: readonly FileTally[]): void {
  const skipped = tallies.flatMap((tally) => tally.skipped);
  for (const each of skipped) console.log(skippedLine(each));
  for (const { file, name, text } of tallies.flatMap((tally) => tally.failures)) {
    const where = file.startsWith("/") ? fromTop(file) : file;
    console.log(`\n--- ${where}: ${name}\n${text}`);
  }
}
