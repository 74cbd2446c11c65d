import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { text } from "node:stream/consumers";
import { outdatedFiles } from "./generate.ts";
import { findViolations } from "./import-rules.ts";
import { outdatedCrdCopies } from "./manifests.ts";
import { filesMatching } from "./sources.ts";
import { TOP } from "./top.ts";

/** What it found, in lines to print; undefined when all is well. */
export type Finding = string | undefined;

/** What goes wrong is told by a finding or by throwing. */
export type Check = { readonly name: string; run(): Promise<Finding> | Finding };

/** Runs a program of node_modules; its output is the finding when it fails. */
async function findingOf(program: string, args: readonly string[]): Promise<Finding> {
  const child = spawn(`node_modules/.bin/${program}`, args, {
    cwd: TOP,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return code === 0 ? undefined : `${stdout}${stderr}`.trim();
}

function importViolations(): Finding {
  const paths = filesMatching("{src,demo,e2e,bench,tools}/**/*.ts");
  const sources = paths
    // Tests of these rules have examples of all that is forbidden.
    .filter((path) => !path.endsWith("tools/import-rules.test.ts"))
    .map((path) => [relative(TOP, path), readFileSync(path, "utf8")] as const);
  const violations = findViolations(new Map(sources));
  if (violations.length === 0) return undefined;
  return violations.map(({ file, line, text }) => `${file}:${line}: ${text}`).join("\n");
}

function generatedOutdated(): Finding {
  const names = outdatedFiles();
  if (names.length === 0) return undefined;
  return `not what the sources give, run \`npm run generate\`: ${names.join(", ")}`;
}

/** The rest of the manifest needs helm: the end-to-end tests have it. */
function manifestsOutdated(): Finding {
  const names = outdatedCrdCopies();
  if (names.length === 0) return undefined;
  return `the chart's copies are not what crds/ has, run \`npm run manifests\`: ${names.join(", ")}`;
}

/** Started in this order: the last two keep this process busy while the first two run on their own. */
export const CHECKS: readonly Check[] = [
  { name: "types", run: () => findingOf("tsc", []) },
  {
    name: "format and lint",
    run: () => findingOf("biome", ["ci", "--colors=off", "--error-on-warnings", "."]),
  },
  { name: "import rules", run: importViolations },
  { name: "generated code", run: generatedOutdated },
  { name: "manifests", run: manifestsOutdated },
];
