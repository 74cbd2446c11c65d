import { globSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { TOP } from "./top.ts";

/** Absolute paths of files that match globs from the top, sorted. */
export function filesMatching(...globs: readonly string[]): string[] {
  const exclude = (name: string) => name === "node_modules";
  return globs
    .flatMap((glob) => globSync(glob, { cwd: TOP, exclude }))
    .sort()
    .map((path) => join(TOP, path));
}

export const unitTestFiles = () => filesMatching("{src,tools,demo,bench}/**/*.test.ts");

export const endToEndTestFiles = () => filesMatching("e2e/**/*.test.ts");

/** The test files that a command line names: files, or directories with all that is below. */
export function testFilesNamed(names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const path = resolve(name);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) throw new Error(`no such test file or directory: ${name}`);
    return found.isDirectory() ? filesMatching(`${relative(TOP, path)}/**/*.test.ts`) : [path];
  });
}
