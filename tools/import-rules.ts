// Who may import whom: the modules stay apart, and are reached only through what their index.ts exports.
import { posix } from "node:path";

/** Sources by their path from the top, such as src/oci/digest.ts. */
export type Sources = ReadonlyMap<string, string>;

export type Violation = { readonly file: string; readonly line: number; readonly text: string };

export type Import = {
  readonly target: string;
  readonly line: number;
  /** Gone at run time. */
  readonly isTypeOnly: boolean;
};

const COMMON = ["src/api", "src/runtime", "src/oci"];
const MODULES = [...COMMON, "src/settings", "src/bt", "src/controller", "src/agent", "src/ctr"];

/** What each part of the repository may import besides its own files. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  "src/api": [],
  "src/runtime": [],
  "src/oci": [],
  "src/settings": ["src/api", "src/runtime"],
  "src/bt": [],
  "src/controller": [...COMMON, "src/settings", "src/bt"],
  "src/agent": [...COMMON, "src/settings", "src/bt"],
  "src/ctr": COMMON,
  demo: [...MODULES, "tools"],
  e2e: [...MODULES, "tools"],
  bench: [...MODULES, "tools", "e2e"],
  tools: ["src/oci"],
};

const IMPORT =
  /^[ \t]*(?:import|export)\s+(?<clause>(?:type\s+)?[\w*${}\s,]*?)\s*from\s*["'](?<from>[^"']+)["']|^[ \t]*import\s*["'](?<bare>[^"']+)["']|\bimport\s*\(\s*["'](?<lazy>[^"']+)["']/gm;

const withoutComments = (source: string) =>
  source.replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, (comment) =>
    comment.replaceAll(/[^\n]/g, " "),
  );

/** The imports and re-exports of a source; written for sources in this repository's format. */
export function importsOf(source: string): Import[] {
  const code = withoutComments(source);
  return [...code.matchAll(IMPORT)].map(({ groups = {}, index }) => ({
    target: groups["from"] ?? groups["bare"] ?? groups["lazy"] ?? "",
    line: code.slice(0, index).split("\n").length,
    isTypeOnly: groups["clause"]?.startsWith("type ") ?? false,
  }));
}

const partOf = (file: string) => {
  const parts = Object.keys(mayImport);
  return parts.find((part) => file.startsWith(`${part}/`)) ?? "";
};

const isTest = (file: string) => file.endsWith(".test.ts") || file.includes("/testing/");

/** Why `file` must not import `target`, both paths from the top. */
function whyForbidden(file: string, target: string): string | undefined {
  const [from, to] = [partOf(file), partOf(target)];
  if (from === to) return undefined;
  if (!mayImport[from]?.includes(to)) return `${from || file} must not import ${to || target}`;
  if (!MODULES.includes(to) || target === `${to}/index.ts`) return undefined;
  const forTests = isTest(file) || !from.startsWith("src/");
  if (forTests && target === `${to}/testing/index.ts`) return undefined;
  return `${to} is imported through ${to}/index.ts only, not ${target}`;
}

/** A program that a test starts must be a declared one, and support/ sees to that. */
function whyForbiddenBuiltin(file: string, target: string): string | undefined {
  const isChildProcess = /^(?:node:)?child_process$/.test(target);
  if (!isChildProcess || !file.startsWith("e2e/") || file.startsWith("e2e/support/")) {
    return undefined;
  }
  return "tests in e2e start programs through e2e/support/processes.ts, not node:child_process";
}

/** What decides how pieces move: no sockets, files or clocks, so that a test or a simulator can run many of them. */
const SANS_IO = "src/bt/lean/core/";

function whyImpure(file: string, target: string): string | undefined {
  if (!file.startsWith(SANS_IO) || isTest(file) || target.startsWith(SANS_IO)) return undefined;
  return `${SANS_IO} does no I/O and so imports nothing but its own files, not ${target}`;
}

const resolveFrom = (file: string, target: string) =>
  posix.normalize(posix.join(posix.dirname(file), target));

function violationsIn(file: string, source: string): Violation[] {
  return importsOf(source).flatMap(({ target: written, line }) => {
    const isFile = written.startsWith(".");
    const target = isFile ? resolveFrom(file, written) : written;
    const why = isFile ? whyForbidden : whyForbiddenBuiltin;
    const text = why(file, target) ?? whyImpure(file, target);
    return text === undefined ? [] : [{ file, line, text }];
  });
}

/** Rings of files that import one another at run time: which of them is loaded first decides what works. */
function findCycles(sources: Sources): Violation[] {
  const done = new Set<string>();
  const cycles: Violation[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file);
    if (start >= 0) {
      const ring = [...path.slice(start), file].join(" -> ");
      cycles.push({ file, line: 1, text: `imports itself by way of others: ${ring}` });
    } else if (!done.has(file)) {
      for (const next of loadedBy(file, sources)) visit(next, [...path, file]);
      done.add(file);
    }
  };
  for (const file of sources.keys()) visit(file, []);
  return cycles;
}

function loadedBy(file: string, sources: Sources): string[] {
  return importsOf(sources.get(file) ?? "")
    .filter(({ target, isTypeOnly }) => target.startsWith(".") && !isTypeOnly)
    .map(({ target }) => resolveFrom(file, target))
    .filter((target) => sources.has(target));
}

export function findViolations(sources: Sources): Violation[] {
  const each = [...sources].flatMap(([file, source]) => violationsIn(file, source));
  return [...each, ...findCycles(sources)];
}
