import type { Scope } from "../../e2e/support/at-end.ts";
import type { Daemon } from "../../e2e/support/daemons.ts";
import { bring, roles, secondsOf, startBenchDaemon } from "../daemons.ts";
import { cpuSecondsOf, memoryOf } from "../proc.ts";
import { bytesSent, REGISTRY_NEEDS, registryWith, sizeOf } from "../registry.ts";
import type { BenchOptions, Figure, Scenario } from "../scenario.ts";
import { withScope } from "../scope.ts";
import { megabytes } from "../units.ts";

export const swarmScenario: Scenario = {
  name: "swarm",
  about: "an image of 100 MB from one seeder to three leechers on loopback, unshaped",
  needs: () => REGISTRY_NEEDS,
  measure: async (options) => ({
    figures: await withScope((scope) => measure(scope, options)),
  }),
};

const IMAGE = "bench/swarm:latest";
const LAYERS = ["a", "b", "c", "d", "e"].map((seed) => ({ seed, bytes: 20_000_000 }));
const LEECHERS = 3;

type Cost = { readonly cpuSeconds: number; readonly peakMegabytes: number };

type Sample = {
  readonly seederSeconds: number;
  readonly swarmSeconds: number;
  readonly sentBytes: number;
  readonly seeder: Cost;
  /** The one that needed most of each. */
  readonly leecher: Cost;
};

async function measure(scope: Scope, { runs, tell }: BenchOptions): Promise<readonly Figure[]> {
  const { registry, images } = await registryWith(scope, { [IMAGE]: LAYERS });
  const imageBytes = images.map(sizeOf).reduce((sum, size) => sum + size, 0);
  const samples: Sample[] = [];
  for (let index = 0; index < runs; index += 1) {
    registry.forgetRequests();
    const sample = await withScope((inner) =>
      distribute(inner, registry.address, () => bytesSent(registry)),
    );
    samples.push(sample);
    tell(`run ${index + 1}: ${sample.swarmSeconds.toFixed(2)} s`);
  }
  return figuresOf(samples, imageBytes);
}

async function distribute(
  scope: Scope,
  registry: string,
  sentBytes: () => number,
): Promise<Sample> {
  const image = `${registry}/${IMAGE}`;
  const seeder = await startBenchDaemon(scope, roles.seeder(registry));
  const leechers: Daemon[] = [];
  while (leechers.length < LEECHERS) {
    leechers.push(await startBenchDaemon(scope, roles.leecher(seeder.address)));
  }
  const before = cpuSecondsOf(seeder.process.pid);
  const begun = leechers.map(({ process }) => cpuSecondsOf(process.pid));
  const seederSeconds = await secondsOf(() => bring(seeder, image));
  const swarmSeconds = await secondsOf(() =>
    Promise.all(leechers.map((leecher) => bring(leecher, image))),
  );
  const costs = leechers.map((leecher, index) => costOf(leecher, begun[index] ?? 0));
  return {
    seederSeconds,
    swarmSeconds,
    sentBytes: sentBytes(),
    seeder: costOf(seeder, before),
    leecher: {
      cpuSeconds: Math.max(...costs.map((cost) => cost.cpuSeconds)),
      peakMegabytes: Math.max(...costs.map((cost) => cost.peakMegabytes)),
    },
  };
}

/** Since it was ready. */
const costOf = ({ process: { pid } }: Daemon, cpuBefore: number): Cost => ({
  cpuSeconds: cpuSecondsOf(pid) - cpuBefore,
  peakMegabytes: megabytes(memoryOf(pid).peakRssBytes),
});

function figuresOf(samples: readonly Sample[], imageBytes: number): readonly Figure[] {
  const of = (read: (sample: Sample) => number) => samples.map(read);
  return [
    { name: "until the seeder has it", unit: "s", samples: of((sample) => sample.seederSeconds) },
    {
      name: "from there to the last leecher",
      unit: "s",
      samples: of((sample) => sample.swarmSeconds),
    },
    {
      name: "sent by the registry over the image's size",
      unit: "ratio",
      samples: of((sample) => sample.sentBytes / imageBytes),
    },
    {
      name: "processor time of the seeder",
      unit: "s",
      samples: of((sample) => sample.seeder.cpuSeconds),
    },
    {
      name: "processor time of the busiest leecher",
      unit: "s",
      samples: of((sample) => sample.leecher.cpuSeconds),
    },
    {
      name: "peak memory of the seeder",
      unit: "MB",
      samples: of((sample) => sample.seeder.peakMegabytes),
    },
    {
      name: "peak memory of the largest leecher",
      unit: "MB",
      samples: of((sample) => sample.leecher.peakMegabytes),
    },
  ];
}
