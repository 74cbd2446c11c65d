import { parseArgs } from "node:util";

export type Arguments = {
  /** All when empty. */
  readonly scenarios: readonly string[];
  readonly runs: number;
  readonly layerBytes: number;
  readonly jsonFile: string | undefined;
  /** Whether bench/RESULTS.md is written anew. */
  readonly write: boolean;
};

export type Request =
  | { readonly kind: "help" }
  | { readonly kind: "usage"; readonly problems: readonly string[] }
  | { readonly kind: "run"; readonly arguments: Arguments };

const MIB = 1024 * 1024;
const DEFAULT_RUNS = 3;
const DEFAULT_LAYER_MIB = 1024;

export const help = (scenarios: readonly string[]): string => `Usage: npm run bench [-- FLAGS]

  --scenario NAME  measure this one; repeatable (${scenarios.join(", ")}; default all)
  --runs N         measure so often; medians count (default ${DEFAULT_RUNS})
  --size MIB       size of the large layer (default ${DEFAULT_LAYER_MIB})
  --json FILE      also write every figure to FILE, as JSON lines
  --write          write bench/RESULTS.md anew
  --help           show this text

Exit code 1 when a gate is missed.
`;

const OPTIONS = {
  scenario: { type: "string", multiple: true, default: [] as string[] },
  runs: { type: "string", default: `${DEFAULT_RUNS}` },
  size: { type: "string", default: `${DEFAULT_LAYER_MIB}` },
  json: { type: "string" },
  write: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/** Tells every mistake at once. */
export function parseArguments(args: readonly string[], known: readonly string[]): Request {
  let values: ReturnType<typeof read>;
  try {
    values = read(args);
  } catch (error) {
    return { kind: "usage", problems: [(error as Error).message] };
  }
  if (values.help) return { kind: "help" };
  const problems: string[] = [];
  for (const name of values.scenario.filter((name) => !known.includes(name))) {
    problems.push(`no scenario is called ${name}: there are ${known.join(", ")}`);
  }
  const count = (flag: "runs" | "size", most: number): number => {
    const number = Number(values[flag]);
    const valid = Number.isInteger(number) && number >= 1 && number <= most;
    if (!valid) problems.push(`--${flag} is a whole number from 1 to ${most}: ${values[flag]}`);
    return number;
  };
  const runs = count("runs", 100);
  const layerBytes = count("size", 16_384) * MIB;
  if (problems.length > 0) return { kind: "usage", problems };
  const { scenario: scenarios, json: jsonFile, write } = values;
  return { kind: "run", arguments: { scenarios, runs, layerBytes, jsonFile, write } };
}

const read = (args: readonly string[]) =>
  parseArgs({ args: [...args], options: OPTIONS, strict: true }).values;
