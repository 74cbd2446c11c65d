import { run } from "../../e2e/support/processes.ts";
import { nodeProgram, ourProgram } from "../../e2e/support/programs.ts";
import { roles, SAME_NODE, secondsOf, startBenchDaemon } from "../daemons.ts";
import { type Idling, idle } from "../idling.ts";
import { median, ratios } from "../median.ts";
import type { BenchOptions, Figure, Scenario } from "../scenario.ts";
import { withScope } from "../scope.ts";

export const startupScenario: Scenario = {
  name: "startup",
  about: "starting, against the time of `node -e 0`; then idling",
  needs: () => ["setpriv"],
  measure: async (options) => ({
    figures: [...(await measureStarts(options)), ...(await measureIdling(options))],
  }),
};

/** No one listens there: nothing is fetched. */
const NO_REGISTRY = "127.0.0.1:1";
/** Each so often a run: one start is too short to tell much. */
const STARTS = 5;
const NOTHING_COMPILED = { NODE_DISABLE_COMPILE_CACHE: "1" };

const startDaemonOnce = (flags: readonly string[], env = {}) =>
  withScope((scope) => secondsOf(() => startBenchDaemon(scope, flags, env)));

/** Seconds until each has done what it was started for. */
const starts = {
  node: () => secondsOf(() => run(nodeProgram, ["-e", "0"])),
  version: () =>
    secondsOf(() => run(ourProgram("oci-torrent-ctr"), ["version"], { env: SAME_NODE })),
  seeder: () => startDaemonOnce(roles.seeder(NO_REGISTRY)),
  puller: () => startDaemonOnce(roles.puller(NO_REGISTRY)),
  coldSeeder: () => startDaemonOnce(roles.seeder(NO_REGISTRY), NOTHING_COMPILED),
};

type Start = keyof typeof starts;
const STARTED = Object.keys(starts) as Start[];

async function medianStarts(): Promise<Record<Start, number>> {
  const samples: Record<Start, number[]> = {
    node: [],
    version: [],
    seeder: [],
    puller: [],
    coldSeeder: [],
  };
  for (let index = 0; index < STARTS; index += 1) {
    for (const name of STARTED) samples[name].push(await starts[name]());
  }
  return Object.fromEntries(STARTED.map((name) => [name, median(samples[name])])) as Record<
    Start,
    number
  >;
}

async function measureStarts({ runs, tell }: BenchOptions): Promise<readonly Figure[]> {
  // The first start of all reads programs from disk, and keeps what Node compiled.
  for (const name of STARTED) await starts[name]();
  const all: Record<Start, number>[] = [];
  for (let index = 0; index < runs; index += 1) {
    const medians = await medianStarts();
    all.push(medians);
    const told = STARTED.map((name) => `${name} ${(medians[name] * 1_000).toFixed(0)} ms`);
    tell(`run ${index + 1}: ${told.join(", ")}`);
  }
  const of = (name: Start) => all.map((medians) => medians[name]);
  const overNode = (name: Start) => ratios(of(name), of("node"));
  const inMs = (name: Start) => of(name).map((seconds) => seconds * 1_000);
  return [
    {
      name: "oci-torrent-ctr version over node -e 0",
      unit: "ratio",
      samples: overNode("version"),
      gate: { atMost: 5 },
    },
    {
      name: "seeder ready over node -e 0",
      unit: "ratio",
      samples: overNode("seeder"),
      gate: { atMost: 12 },
    },
    {
      name: "daemon with BitTorrent off ready over node -e 0",
      unit: "ratio",
      samples: overNode("puller"),
      gate: { atMost: 12 },
    },
    {
      name: "seeder ready over node -e 0, nothing compiled before",
      unit: "ratio",
      samples: overNode("coldSeeder"),
    },
    { name: "node -e 0", unit: "ms", samples: inMs("node") },
    { name: "oci-torrent-ctr version", unit: "ms", samples: inMs("version") },
    { name: "seeder ready", unit: "ms", samples: inMs("seeder") },
  ];
}

const IDLE_SECONDS = 20;

async function measureIdling({ runs, tell }: BenchOptions): Promise<readonly Figure[]> {
  const measured: { readonly seeder: Idling; readonly puller: Idling }[] = [];
  for (let index = 0; index < runs; index += 1) {
    measured.push(
      await withScope(async (scope) => {
        const seeder = await startBenchDaemon(scope, roles.seeder(NO_REGISTRY));
        const puller = await startBenchDaemon(scope, roles.puller(NO_REGISTRY));
        const [first, second] = await Promise.all([
          idle(seeder.process.pid, IDLE_SECONDS),
          idle(puller.process.pid, IDLE_SECONDS),
        ]);
        return { seeder: first, puller: second };
      }),
    );
    tell(`run ${index + 1}: idled`);
  }
  const figures = (who: string, role: "seeder" | "puller"): Figure[] => [
    {
      name: `memory of an idle ${who}`,
      unit: "MB",
      samples: measured.map((run) => run[role].rssMegabytes),
      gate: { atMost: 100 },
    },
    {
      name: `an idle ${who}'s share of a core`,
      unit: "share",
      samples: measured.map((run) => run[role].coreShare),
      gate: { atMost: 0.01 },
    },
  ];
  return [...figures("seeder", "seeder"), ...figures("daemon with BitTorrent off", "puller")];
}
