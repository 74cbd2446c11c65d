import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { relative } from "node:path";
import type { FileCoverage } from "./test-events.ts";

/** Percentage of lines, over all files of a module together. */
export const REQUIRED_LINES = 90;

const percentOf = ({ lines, coveredLines }: { lines: number; coveredLines: number }) =>
  lines === 0 ? 100 : (100 * coveredLines) / lines;

/** What a module's tests leave uncovered when that is too much, the worst files first. */
export function findShortfall(
  files: readonly FileCoverage[],
  required: number = REQUIRED_LINES,
): string | undefined {
  const sum = (of: (file: FileCoverage) => number) =>
    files.reduce((total, file) => total + of(file), 0);
  const lines = sum((file) => file.lines);
  const percent = percentOf({ lines, coveredLines: sum((file) => file.coveredLines) });
  if (percent >= required) return undefined;
  const uncovered = ({ lines, coveredLines }: FileCoverage) => lines - coveredLines;
  const worst = files
    .filter((file) => percentOf(file) < required)
    .toSorted((one, other) => uncovered(other) - uncovered(one));
  const list = worst.map((file) => `  ${percentOf(file).toFixed(1)} % of ${file.path}`);
  const head = `${percent.toFixed(1)} % of its lines are covered, ${required} % are required`;
  return [head, ...list].join("\n");
}

/** Whether a file does anything at run time: one of types alone is never loaded. */
export function hasCode(source: string): boolean {
  const code = stripTypeScriptTypes(source)
    .replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "")
    .replaceAll(/^\s*(?:import|export)\s*\{\s*\}.*$|;/gm, "");
  return code.trim() !== "";
}

/** Joins what was measured with the module's files that no test loaded, none of whose lines are covered. */
export function withUnloadedFiles(
  top: string,
  paths: readonly string[],
  measured: readonly FileCoverage[],
): FileCoverage[] {
  const byPath = new Map(measured.map((file) => [file.path, file]));
  return paths.flatMap((path) => {
    const known = byPath.get(path);
    if (known !== undefined) return [{ ...known, path: relative(top, path) }];
    const source = readFileSync(path, "utf8");
    if (!hasCode(source)) return [];
    const lines = source.split("\n").length;
    return [{ path: relative(top, path), lines, coveredLines: 0 }];
  });
}
