import { globSync } from "node:fs";
import { join } from "node:path";
import { TOP } from "./top.ts";

/** Absolute paths of files that match globs from the top, sorted. */
export function filesMatching(...globs: readonly string[]): string[] {
  const exclude = (name: string) => name === "node_modules";
  return globs
    .flatMap((glob) => globSync(glob, { cwd: TOP, exclude }))
    .sort()
    .map((path) => join(TOP, path));
}

export const unitTestFiles = () => filesMatching("src/**/*.test.ts", "tools/**/*.test.ts");

export const endToEndTestFiles = () => filesMatching("e2e/**/*.test.ts");
