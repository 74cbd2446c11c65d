import type { Scope } from "../../e2e/support/at-end.ts";
import type { LayerSpec } from "../../e2e/support/images.ts";
import { bring, roles, startBenchDaemon } from "../daemons.ts";
import { type Idling, idle } from "../idling.ts";
import { REGISTRY_NEEDS, registryWith } from "../registry.ts";
import type { BenchOptions, Figure, Scenario } from "../scenario.ts";
import { withScope } from "../scope.ts";
import { megabytes } from "../units.ts";

/** An image may have no more than 128. */
const LAYERS = 100;
const IMAGES = ["bench/idle-1:latest", "bench/idle-2:latest"];
const TORRENTS = LAYERS * IMAGES.length;

export const idleScenario: Scenario = {
  name: "idle",
  about: `a seeder, with its tracker, and a leecher that seed ${TORRENTS} torrents which nobody wants`,
  needs: () => REGISTRY_NEEDS,
  measure: async (options) => ({
    figures: await withScope((scope) => measure(scope, options)),
  }),
};

const LAYER_BYTES = 16 * 1024;
/** Twice as long as seeders wait between two announces. */
const IDLE_SECONDS = 60;
const MOST_MEMORY_BYTES = 192 * 1024 * 1024;
const MOST_SOCKETS = 220;

type Sample = { readonly seeder: Idling; readonly leecher: Idling };

async function measure(scope: Scope, { runs, tell }: BenchOptions): Promise<readonly Figure[]> {
  const { registry } = await registryWith(
    scope,
    Object.fromEntries(IMAGES.map((image) => [image, layersOf(image)])),
  );
  const samples: Sample[] = [];
  for (let index = 0; index < runs; index += 1) {
    samples.push(await withScope((inner) => idleTogether(inner, registry.address)));
    tell(`run ${index + 1}: idled`);
  }
  const seeders = samples.map(({ seeder }) => seeder);
  const leechers = samples.map(({ leecher }) => leecher);
  return [...figuresOf("the seeder", seeders), ...figuresOf("the leecher", leechers)];
}

const layersOf = (image: string): readonly LayerSpec[] =>
  Array.from({ length: LAYERS }, (_, layer) => ({ seed: `${image} ${layer}`, bytes: LAYER_BYTES }));

async function idleTogether(scope: Scope, registry: string): Promise<Sample> {
  const seeder = await startBenchDaemon(scope, roles.seeder(registry));
  for (const image of IMAGES) await bring(seeder, `${registry}/${image}`);
  const leecher = await startBenchDaemon(scope, roles.leecher(seeder.address));
  for (const image of IMAGES) await bring(leecher, `${registry}/${image}`);
  const [first, second] = await Promise.all([
    idle(seeder.process.pid, IDLE_SECONDS),
    idle(leecher.process.pid, IDLE_SECONDS),
  ]);
  return { seeder: first, leecher: second };
}

const figuresOf = (who: string, samples: readonly Idling[]): readonly Figure[] => [
  {
    name: `share of a core, ${who}`,
    unit: "share",
    samples: samples.map(({ coreShare }) => coreShare),
    gate: { atMost: 0.02 },
  },
  {
    name: `memory, ${who}`,
    unit: "MB",
    samples: samples.map(({ rssMegabytes }) => rssMegabytes),
    gate: { atMost: megabytes(MOST_MEMORY_BYTES) },
  },
  {
    name: `open sockets, ${who}`,
    unit: "count",
    samples: samples.map(({ sockets }) => sockets),
    gate: { atMost: MOST_SOCKETS },
  },
];
