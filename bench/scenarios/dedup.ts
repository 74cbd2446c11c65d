import type { Scope } from "../../e2e/support/at-end.ts";
import { bring, roles, startBenchDaemon } from "../daemons.ts";
import { bytesSent, REGISTRY_NEEDS, registryWith, sizeOf } from "../registry.ts";
import type { BenchOptions, Figure, Scenario } from "../scenario.ts";
import { withScope } from "../scope.ts";

export const dedupScenario: Scenario = {
  name: "dedup",
  about:
    "a second image that shares 80 % of its bytes with the first, by the registry's access log",
  needs: () => REGISTRY_NEEDS,
  measure: async (options) => ({
    figures: await withScope((scope) => measure(scope, options)),
  }),
};

const FIRST = "bench/first:latest";
const SECOND = "bench/second:latest";
const LAYER_BYTES = 10_000_000;

const layersOf = (seeds: readonly string[]) => seeds.map((seed) => ({ seed, bytes: LAYER_BYTES }));

async function measure(scope: Scope, { runs, tell }: BenchOptions): Promise<readonly Figure[]> {
  const shared = ["one", "two", "three", "four"];
  const { registry, images } = await registryWith(scope, {
    [FIRST]: layersOf([...shared, "first"]),
    [SECOND]: layersOf([...shared, "second"]),
  });
  const samples = { first: [] as number[], second: [] as number[] };
  const [first, second] = images.map(sizeOf);
  for (let index = 0; index < runs; index += 1) {
    await withScope(async (inner) => {
      const daemon = await startBenchDaemon(inner, roles.seeder(registry.address));
      const shareOf = async (image: string, size = 0) => {
        registry.forgetRequests();
        await bring(daemon, `${registry.address}/${image}`);
        return bytesSent(registry) / size;
      };
      samples.first.push(await shareOf(FIRST, first));
      samples.second.push(await shareOf(SECOND, second));
    });
    tell(`run ${index + 1}: done`);
  }
  return [
    { name: "first image, sent over its size", unit: "share", samples: samples.first },
    {
      name: "second image, sent over its size",
      unit: "share",
      samples: samples.second,
      gate: { atMost: 0.21 },
    },
  ];
}
