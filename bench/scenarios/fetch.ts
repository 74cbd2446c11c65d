import type { Scope } from "../../e2e/support/at-end.ts";
import { run } from "../../e2e/support/processes.ts";
import { program } from "../../e2e/support/programs.ts";
import type { TestRegistry } from "../../e2e/support/registry.ts";
import { tempDir } from "../../e2e/support/temp.ts";
import { bring, roles, secondsOf, startBenchDaemon } from "../daemons.ts";
import { alternated, ratios } from "../median.ts";
import { childCpuSeconds, cpuSecondsOf, memoryOf } from "../proc.ts";
import { REGISTRY_NEEDS, registryWith, settleDisk } from "../registry.ts";
import type { BenchOptions, Figure, Scenario } from "../scenario.ts";
import { withScope } from "../scope.ts";
import { megabytes } from "../units.ts";

export const fetchScenario: Scenario = {
  name: "fetch",
  about:
    "one large layer from a registry on loopback into a store, against skopeo copy to a directory",
  needs: () => REGISTRY_NEEDS,
  measure: async (options) => ({
    figures: await withScope((scope) => measure(scope, options)),
  }),
};

const LARGE = "bench/large:latest";
const SMALL = "bench/small:latest";
const COPY_TIMEOUT_MS = 600_000;

type Sample = {
  readonly seconds: number;
  /** Of all processes that take part, but for the registry. */
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
};
type Contender = { readonly name: string; fetch(scope: Scope): Promise<Sample> };

async function measure(scope: Scope, options: BenchOptions): Promise<readonly Figure[]> {
  const { layerBytes, runs, tell } = options;
  tell(`making layers of ${mebibytes(layerBytes)} and ${mebibytes(layerBytes / 4)}`);
  const { registry } = await registryWith(scope, {
    [LARGE]: [{ seed: "large", bytes: layerBytes }],
    [SMALL]: [{ seed: "small", bytes: layerBytes / 4 }],
  });
  const samples = new Map<string, Sample[]>();
  for (let index = 0; index < runs; index += 1) {
    for (const { name, fetch } of alternated(contendersFor(registry), index)) {
      const sample = await withScope(fetch);
      samples.set(name, [...(samples.get(name) ?? []), sample]);
      tell(`run ${index + 1}, ${name}: ${sample.seconds.toFixed(2)} s`);
      await settleDisk();
    }
  }
  return figuresOf(layerBytes, (name) => samples.get(name) ?? []);
}

const mebibytes = (bytes: number) => `${bytes / 2 ** 20} MiB`;

const contendersFor = (registry: TestRegistry): readonly Contender[] => [
  { name: "skopeo", fetch: (scope) => copyWithSkopeo(scope, registry.address) },
  { name: "off", fetch: (scope) => fetchWith(scope, "puller", registry.address, LARGE) },
  { name: "seeder", fetch: (scope) => fetchWith(scope, "seeder", registry.address, LARGE) },
  { name: "off, small", fetch: (scope) => fetchWith(scope, "puller", registry.address, SMALL) },
];

async function copyWithSkopeo(scope: Scope, registry: string): Promise<Sample> {
  const copy = ["--insecure-policy", "copy", "--quiet", "--src-tls-verify=false"];
  const args = [...copy, `docker://${registry}/${LARGE}`, `dir:${tempDir(scope)}`];
  const before = childCpuSeconds();
  const seconds = await secondsOf(() =>
    run(program("skopeo"), args, { timeoutMs: COPY_TIMEOUT_MS }),
  );
  return { seconds, cpuSeconds: childCpuSeconds() - before, peakRssBytes: 0 };
}

async function fetchWith(
  scope: Scope,
  role: "puller" | "seeder",
  registry: string,
  image: string,
): Promise<Sample> {
  const daemon = await startBenchDaemon(scope, roles[role](registry));
  const { pid } = daemon.process;
  const cpu = () => cpuSecondsOf(pid) + childCpuSeconds();
  const before = cpu();
  const seconds = await secondsOf(() => bring(daemon, `${registry}/${image}`));
  const { peakRssBytes } = memoryOf(pid);
  return { seconds, cpuSeconds: cpu() - before, peakRssBytes };
}

function figuresOf(layerBytes: number, samplesOf: (name: string) => Sample[]): Figure[] {
  const rates = (name: string) =>
    samplesOf(name).map(({ seconds }) => megabytes(layerBytes) / seconds);
  const peaks = (name: string) =>
    samplesOf(name).map(({ peakRssBytes }) => megabytes(peakRssBytes));
  const cpu = (name: string) => samplesOf(name).map(({ cpuSeconds }) => cpuSeconds);
  const [skopeo, off, seeder] = [rates("skopeo"), rates("off"), rates("seeder")];
  return [
    {
      name: "rate over skopeo's, BitTorrent off",
      unit: "ratio",
      samples: ratios(off, skopeo),
      gate: { atLeast: 0.6 },
    },
    {
      name: "rate over skopeo's, as seeder",
      unit: "ratio",
      samples: ratios(seeder, skopeo),
      gate: { atLeast: 0.6 },
    },
    { name: "rate of skopeo", unit: "MB/s", samples: skopeo },
    { name: "rate, BitTorrent off", unit: "MB/s", samples: off },
    { name: "rate, as seeder (with piece hashes)", unit: "MB/s", samples: seeder },
    {
      name: "processor time over skopeo's, BitTorrent off",
      unit: "ratio",
      samples: ratios(cpu("off"), cpu("skopeo")),
    },
    {
      name: "processor time over skopeo's, as seeder",
      unit: "ratio",
      samples: ratios(cpu("seeder"), cpu("skopeo")),
    },
    { name: "processor time of skopeo", unit: "s", samples: cpu("skopeo") },
    {
      name: "peak memory of the daemon, BitTorrent off",
      unit: "MB",
      samples: peaks("off"),
      gate: { atMost: 150 },
    },
    {
      name: "peak memory over that with a quarter of the layer",
      unit: "ratio",
      samples: ratios(peaks("off"), peaks("off, small")),
      gate: { atMost: 1.1 },
    },
    { name: "peak memory of the daemon, as seeder", unit: "MB", samples: peaks("seeder") },
  ];
}
