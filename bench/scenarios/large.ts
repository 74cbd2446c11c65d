import { REGISTRY } from "../../e2e/nodes/cluster.ts";
import { distribute, untilReady } from "../../e2e/nodes/distributions.ts";
import type { Scope } from "../../e2e/support/at-end.ts";
import { makeImage } from "../../e2e/support/images.ts";
import { tempDir } from "../../e2e/support/temp.ts";
import {
  INSTALL_NEEDS,
  installedCluster,
  NODES,
  peakBytes,
  restarts,
} from "../cluster/installed-cluster.ts";
import { secondsOf } from "../daemons.ts";
import type { BenchOptions, Figure, Scenario } from "../scenario.ts";
import { withScope } from "../scope.ts";
import { megabytes } from "../units.ts";

const LAYERS = 4;
const LAYER_BYTES = 512 * 2 ** 20;
/** Of which the store may take 15 % and 10 % stay free, as the chart has it. */
const DATA_MIB = 20_480;
const TIMEOUT_S = 600;
/** The chart's limit of the agent's container. */
const MOST_AGENT_BYTES = 256 * 2 ** 20;
const MOST_HELPER_BYTES = 85e6;

export const largeScenario: Scenario = {
  name: "large",
  about: `an image of 2 GiB in ${LAYERS} layers on ${NODES} real nodes, into their runtimes, within the memory that the chart allows`,
  needs: () => INSTALL_NEEDS,
  measure: async (options) => ({
    figures: await withScope((scope) => measure(scope, options)),
  }),
};

/** Once, whatever runs are asked for: it is a question of memory, and each takes minutes and many gigabytes. */
async function measure(scope: Scope, { tell }: BenchOptions): Promise<readonly Figure[]> {
  const cluster = await installedCluster(scope, DATA_MIB);
  await withScope(async (inner) => {
    const layers = Array.from({ length: LAYERS }, (_, index) => ({
      seed: `large ${index}`,
      bytes: LAYER_BYTES,
    }));
    const image = await makeImage(tempDir(inner), { tag: "1", layers });
    await cluster.registry.push(image, "bench/large:1");
  });
  tell("distributing");
  const seconds = await secondsOf(async () => {
    await distribute(cluster, "large", { image: `${REGISTRY}/bench/large:1` });
    await untilReady(cluster, "large", TIMEOUT_S);
  });
  const peak = (part: Parameters<typeof peakBytes>[1]) => [megabytes(peakBytes(cluster, part))];
  return [
    {
      ...{ name: "peak memory of an agent", unit: "MB", samples: peak("agent") },
      gate: { atMost: megabytes(MOST_AGENT_BYTES) },
    },
    {
      ...{ name: "peak memory of a runtime helper", unit: "MB", samples: peak("runtime helper") },
      gate: { atMost: megabytes(MOST_HELPER_BYTES) },
    },
    { name: "peak memory of the controller", unit: "MB", samples: peak("controller") },
    {
      ...{ name: "containers started anew", unit: "count", samples: [await restarts(cluster)] },
      gate: { atMost: 0 },
    },
    { name: "from apply to Ready", unit: "s", samples: [seconds] },
  ];
}
