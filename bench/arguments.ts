import { parseArgs } from "node:util";

export type Arguments = {
  /** By name, at least one. */
  readonly scenarios: readonly string[];
  /** Those that may take part where systems are compared. */
  readonly systems: readonly string[];
  readonly runs: number;
  readonly layerBytes: number;
  /** Of the order in which systems take turns; one by chance when undefined. */
  readonly seed: number | undefined;
  /** Simulated ones; as many as the scenario's name says when undefined. */
  readonly agents: number | undefined;
  readonly idleSeconds: number;
  readonly jsonFile: string | undefined;
  /** Whether bench/RESULTS.md and its plots are written anew. */
  readonly write: boolean;
};

export type Request =
  | { readonly kind: "help" }
  | { readonly kind: "usage"; readonly problems: readonly string[] }
  | { readonly kind: "run"; readonly arguments: Arguments };

/** What may be named; scenarios are the `usual` ones when none is. */
export type Known = {
  readonly scenarios: readonly string[];
  readonly all: readonly string[];
  readonly usual: readonly string[];
  readonly systems: readonly string[];
};

const MIB = 1024 * 1024;
const DEFAULT_RUNS = 3;
const DEFAULT_LAYER_MIB = 1024;
const DEFAULT_IDLE_SECONDS = 600;
/** Groups of nodes have a tenth of the agents each, at least one. */
const AGENTS = { least: 10, most: 5_000 };
export const MOST_SEED = 2 ** 32 - 1;

export const help = ({
  scenarios,
  usual,
  systems,
}: Known): string => `Usage: npm run bench [-- FLAGS]

  --scenario NAME  measure this one; repeatable, or \`all\`
                   (${scenarios.join(", ")};
                   default ${usual.join(", ")})
  --systems NAMES  compare these alone, with commas between
                   (default ${systems.join(",")})
  --runs N         measure so often; medians count (default ${DEFAULT_RUNS})
  --size MIB       size of the large layer (default ${DEFAULT_LAYER_MIB})
  --seed N         the order in which systems take turns follows from it
                   (default one by chance, which is printed)
  --agents N       agents of agents-1000, and of distributions-500 as many of
                   both: a multiple of 10 (default as they are called)
  --idle SECONDS   how long agents-1000 and agent-idle idle (default ${DEFAULT_IDLE_SECONDS})
  --json FILE      also write every figure and race to FILE, as JSON lines
  --write          write bench/RESULTS.md and bench/plots anew
  --help           show this text

Three runs of the default take about half an hour, of \`all\` about an hour and a half; five take two thirds more.
g1 and those after it compare systems on shaped links between network namespaces, and need root.
Exit code 1 when a gate is missed, or something could not be measured.
`;

const OPTIONS = {
  scenario: { type: "string", multiple: true, default: [] as string[] },
  systems: { type: "string" },
  runs: { type: "string", default: `${DEFAULT_RUNS}` },
  size: { type: "string", default: `${DEFAULT_LAYER_MIB}` },
  seed: { type: "string" },
  agents: { type: "string" },
  idle: { type: "string", default: `${DEFAULT_IDLE_SECONDS}` },
  json: { type: "string" },
  write: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/** Tells every mistake at once. */
export function parseArguments(args: readonly string[], known: Known): Request {
  let values: ReturnType<typeof read>;
  try {
    values = read(args);
  } catch (error) {
    return { kind: "usage", problems: [(error as Error).message] };
  }
  if (values.help) return { kind: "help" };
  const problems: string[] = [];
  const names = (what: string, given: readonly string[], among: readonly string[]) => {
    for (const name of given.filter((name) => !among.includes(name))) {
      problems.push(`no ${what} is called ${name}: there are ${among.join(", ")}`);
    }
    return given;
  };
  const count = (flag: string, text: string, least: number, most: number): number => {
    const number = Number(text);
    const valid = /^\d+$/.test(text) && number >= least && number <= most;
    if (!valid) problems.push(`--${flag} is a whole number from ${least} to ${most}: ${text}`);
    return number;
  };
  const scenarios = names("scenario", scenariosOf(values.scenario, known), known.scenarios);
  const systems = names("system", values.systems?.split(",") ?? known.systems, known.systems);
  const runs = count("runs", values.runs, 1, 100);
  const layerBytes = count("size", values.size, 1, 16_384) * MIB;
  const seed = values.seed === undefined ? undefined : count("seed", values.seed, 0, MOST_SEED);
  const { least, most } = AGENTS;
  const agents =
    values.agents === undefined ? undefined : count("agents", values.agents, least, most);
  if (agents !== undefined && agents % least !== 0) {
    problems.push(`--agents is a multiple of ${least}: ${agents}`);
  }
  const idleSeconds = count("idle", values.idle, 1, 86_400);
  if (problems.length > 0) return { kind: "usage", problems };
  const { json: jsonFile, write } = values;
  const sizes = { runs, layerBytes, seed, agents, idleSeconds };
  const parsed = { scenarios, systems, ...sizes, jsonFile, write };
  return { kind: "run", arguments: parsed };
}

function scenariosOf(given: readonly string[], known: Known): readonly string[] {
  if (given.length === 0) return known.usual;
  return given.includes("all") ? known.all : given;
}

const read = (args: readonly string[]) =>
  parseArgs({ args: [...args], options: OPTIONS, strict: true }).values;
