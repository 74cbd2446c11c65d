import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { TOP } from "./top.ts";

/** Of these modules, all test files run in one process each: to load what they test takes longer than to run them. */
const SHARING = [
  ...["src/oci", "src/bt/lean/core", "src/agent", "src/controller", "src/ctr"],
  ...["src/api", "src/runtime", "src/settings", "bench", "demo"],
];
const DIRECTORY = join(TOP, "node_modules/.cache/oci-torrent/unit-tests");

export type Processes = {
  /** Files that load a module's test files. */
  readonly shared: readonly string[];
  /** Those that have a process to themselves. */
  readonly own: readonly string[];
};

/** Which test files share a process. */
export function inProcesses(files: readonly string[]): Processes {
  mkdirSync(DIRECTORY, { recursive: true });
  const byModule = Map.groupBy(files, moduleOf);
  const own = byModule.get(undefined) ?? [];
  byModule.delete(undefined);
  return { shared: [...byModule].map(([module = "", some]) => loader(module, some)), own };
}

const moduleOf = (file: string): string | undefined =>
  SHARING.find((module) => relative(TOP, file).startsWith(`${module}/`));

function loader(module: string, files: readonly string[]): string {
  const path = join(DIRECTORY, `${module.replaceAll("/", "-")}.test.mjs`);
  const imports = files.map((file) => `import ${JSON.stringify(pathToFileURL(file).href)};\n`);
  writeFileSync(path, imports.join(""));
  return path;
}
