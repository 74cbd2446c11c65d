import type { Scope } from "../../e2e/support/at-end.ts";
import { bring, roles, secondsOf, startBenchDaemon } from "../daemons.ts";
import { mostDiskBytes } from "../disk.ts";
import { cpuSecondsOf, memoryOf } from "../proc.ts";
import { REGISTRY_NEEDS, registryWith, settleDisk } from "../registry.ts";
import type { BenchOptions, Figure, Scenario } from "../scenario.ts";
import { withScope } from "../scope.ts";
import { megabytes } from "../units.ts";

export const loopbackScenario: Scenario = {
  name: "loopback",
  about: "one large layer from a seeder to one leecher on loopback, unshaped: g6",
  needs: () => REGISTRY_NEEDS,
  measure: async (options) => ({
    figures: await withScope((scope) => measure(scope, options)),
  }),
};

const IMAGE = "bench/loopback:latest";
const MEGABYTES_A_GIGABYTE = 1_000;
const MOST_MEMORY_BYTES = 384 * 1024 * 1024;

type Sample = {
  readonly seconds: number;
  readonly receiverCpuSeconds: number;
  readonly senderCpuSeconds: number;
  readonly receiverPeakRssBytes: number;
  readonly receiverMostDiskBytes: number;
};

async function measure(scope: Scope, options: BenchOptions): Promise<readonly Figure[]> {
  const { layerBytes, runs, tell } = options;
  const { registry } = await registryWith(scope, {
    [IMAGE]: [{ seed: "large", bytes: layerBytes }],
  });
  const image = `${registry.address}/${IMAGE}`;
  const seeder = await startBenchDaemon(scope, roles.seeder(registry.address));
  await bring(seeder, image);
  const samples: Sample[] = [];
  for (let index = 0; index < runs; index += 1) {
    await settleDisk();
    const sample = await withScope((inner) => receive(inner, image, seeder));
    samples.push(sample);
    tell(`run ${index + 1}: ${sample.seconds.toFixed(2)} s`);
  }
  return figuresOf(samples, megabytes(layerBytes));
}

type Seeder = Awaited<ReturnType<typeof startBenchDaemon>>;

async function receive(scope: Scope, image: string, seeder: Seeder): Promise<Sample> {
  const leecher = await startBenchDaemon(scope, roles.leecher(seeder.address));
  const cpu = () => [leecher, seeder].map(({ process }) => cpuSecondsOf(process.pid));
  const [receiverBefore = 0, senderBefore = 0] = cpu();
  let receiverMostDiskBytes = 0;
  const seconds = await secondsOf(async () => {
    receiverMostDiskBytes = await mostDiskBytes(leecher.root, bring(leecher, image));
  });
  const [receiver = 0, sender = 0] = cpu();
  return {
    seconds,
    receiverCpuSeconds: receiver - receiverBefore,
    senderCpuSeconds: sender - senderBefore,
    receiverPeakRssBytes: memoryOf(leecher.process.pid).peakRssBytes,
    receiverMostDiskBytes,
  };
}

function figuresOf(samples: readonly Sample[], size: number): readonly Figure[] {
  const gigabytes = size / MEGABYTES_A_GIGABYTE;
  const of = (read: (sample: Sample) => number) => samples.map(read);
  return [
    {
      name: "rate",
      unit: "MB/s",
      samples: of(({ seconds }) => size / seconds),
      gate: { atLeast: 400 },
    },
    {
      name: "processor time of the receiver, a GB",
      unit: "s",
      samples: of(({ receiverCpuSeconds }) => receiverCpuSeconds / gigabytes),
      gate: { atMost: 2.2 },
    },
    {
      name: "processor time of the sender, a GB",
      unit: "s",
      samples: of(({ senderCpuSeconds }) => senderCpuSeconds / gigabytes),
    },
    {
      name: "peak memory of the receiver",
      unit: "MB",
      samples: of(({ receiverPeakRssBytes }) => megabytes(receiverPeakRssBytes)),
      gate: { atMost: megabytes(MOST_MEMORY_BYTES) },
    },
    {
      name: "the most on the receiver's disk over the layer's size",
      unit: "ratio",
      samples: of(({ receiverMostDiskBytes }) => megabytes(receiverMostDiskBytes) / size),
      gate: { atMost: 1.02 },
    },
  ];
}
