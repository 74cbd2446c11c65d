import { setTimeout as sleep } from "node:timers/promises";
import type { Scope } from "../../e2e/support/at-end.ts";
import {
  applyDistribution,
  FirstMoments,
  followStatuses,
  hasCondition,
} from "../operator/distributions.ts";
import { OPERATOR_NEEDS, prepareOperator } from "../operator/needs.ts";
import { simulatedFleet } from "../operator/simulated-fleet.ts";
import { memoryOf } from "../proc.ts";
import { quantile } from "../quantile.ts";
import type { BenchOptions, Figure, Scenario } from "../scenario.ts";
import { withScope } from "../scope.ts";
import { megabytes } from "../units.ts";

const COUNT = 500;
const NODES_EACH = 10;
const WITHIN_MS = 10_000;
const LAYERS = 15;
const LAYER_BYTES = 64 * 2 ** 20;
const BYTES_PER_SECOND = 125e6;

export const distributionsScenario: Scenario = {
  name: "distributions-500",
  about: `${COUNT} distributions over ${COUNT} nodes, ${NODES_EACH} nodes each, applied in ten seconds`,
  needs: () => OPERATOR_NEEDS,
  measure: async (options) => ({ figures: figuresOf(await measureAll(options)) }),
};

/** Seconds until a distribution had a condition, of all distributions. */
type Sample = { readonly seconds: readonly number[]; readonly peakBytes: number };

async function measureAll(options: BenchOptions): Promise<readonly Sample[]> {
  prepareOperator();
  const samples: Sample[] = [];
  for (let run = 1; run <= options.runs; run += 1) {
    samples.push(await withScope((scope) => measureOnce(scope, options)));
    options.tell(`run ${run}: done`);
  }
  return samples;
}

const LONGEST_MS = 300_000;

async function measureOnce(scope: Scope, options: BenchOptions): Promise<Sample> {
  const { agents: count = COUNT } = options;
  const groups = count / NODES_EACH;
  const { api, images, controller } = await simulatedFleet(scope, {
    ...{ nodes: count, groups, images: count, layers: LAYERS },
    ...{ layerBytes: LAYER_BYTES, bytesPerSecond: BYTES_PER_SECOND },
  });
  const told = new FirstMoments(count, hasCondition);
  followStatuses(api, (...heard) => told.hear(...heard));
  const begun = performance.now();
  const appliedAt = new Map<string, number>();
  await Promise.all(
    images.map(async (image, index) => {
      await sleep((WITHIN_MS * index) / count);
      const name = `app-${index}`;
      await applyDistribution(api, { name, image, group: index % groups });
      appliedAt.set(name, performance.now());
    }),
  );
  options.tell(`applied in ${((performance.now() - begun) / 1_000).toFixed(1)} s`);
  const moments = await told.all("told of", LONGEST_MS);
  const seconds = [...moments].map(
    ([name, atMs]) => Math.max(0, atMs - (appliedAt.get(name) ?? begun)) / 1_000,
  );
  return { seconds, peakBytes: memoryOf(controller.process.pid).peakRssBytes };
}

const figuresOf = (samples: readonly Sample[]): readonly Figure[] => [
  {
    ...{ name: "until a distribution has a condition, p95", unit: "s" },
    samples: samples.map(({ seconds }) => quantile(seconds, 0.95)),
    gate: { atMost: 5 },
  },
  {
    ...{ name: "until a distribution has a condition, median", unit: "s" },
    samples: samples.map(({ seconds }) => quantile(seconds, 0.5)),
  },
  {
    ...{ name: "until the last has one", unit: "s" },
    samples: samples.map(({ seconds }) => Math.max(...seconds)),
  },
  {
    ...{ name: "peak memory of the controller", unit: "MB" },
    samples: samples.map(({ peakBytes }) => megabytes(peakBytes)),
  },
];
