import { setTimeout as sleep } from "node:timers/promises";
import type { Scope } from "../../e2e/support/at-end.ts";
import {
  applyDistribution,
  FirstMoments,
  followStatuses,
  isFull,
  isReady,
} from "../operator/distributions.ts";
import { inParallel } from "../operator/in-parallel.ts";
import { OPERATOR_NEEDS, prepareOperator } from "../operator/needs.ts";
import { histogramQuantile } from "../operator/prometheus.ts";
import { type SimulatedFleet, simulatedFleet } from "../operator/simulated-fleet.ts";
import {
  type Reading,
  readUntilQuiet,
  readWrites,
  writesPerSecond,
} from "../operator/write-meter.ts";
import { memoryOf } from "../proc.ts";
import type { BenchOptions, Figure, Scenario } from "../scenario.ts";
import { withScope } from "../scope.ts";
import { megabytes } from "../units.ts";

const AGENTS = 1_000;
const GROUPS = 10;
/** For each ten nodes one. */
const NODES_PER_DISTRIBUTION = 10;
const LAYERS = 15;
const LAYER_BYTES = 64 * 2 ** 20;
/** An image takes eight seconds, and what a node is to hold more than a minute. */
const BYTES_PER_SECOND = 125e6;
const MOST_CONTROLLER_BYTES = 256 * 2 ** 20;

export const agentsScenario: Scenario = {
  name: "agents-1000",
  about: `${AGENTS} simulated agents of one controller, and 100 distributions of ${LAYERS} layers, each on a tenth of the nodes`,
  needs: () => OPERATOR_NEEDS,
  measure: async (options) => ({ figures: figuresOf(await measureAll(options)) }),
};

type Sample = {
  readonly identitiesSeconds: number;
  readonly sessionsSeconds: number;
  readonly fullSeconds: number;
  readonly readySeconds: number;
  readonly activeWrites: number;
  readonly busiestWrites: number;
  readonly idleWrites: number;
  readonly peakBytes: number;
  readonly idleBytes: number;
  readonly reconcileMs: number;
};

async function measureAll(options: BenchOptions): Promise<readonly Sample[]> {
  prepareOperator();
  const samples: Sample[] = [];
  for (let run = 1; run <= options.runs; run += 1) {
    samples.push(await withScope((scope) => measureOnce(scope, options)));
    options.tell(`run ${run}: done`);
  }
  return samples;
}

const QUIET_MS = 20_000;
const LONGEST_MS = 900_000;

async function measureOnce(scope: Scope, options: BenchOptions): Promise<Sample> {
  const { agents = AGENTS, idleSeconds, tell } = options;
  const count = agents / NODES_PER_DISTRIBUTION;
  const fleet = await simulatedFleet(scope, {
    ...{ nodes: agents, groups: GROUPS, images: count, layers: LAYERS },
    ...{ layerBytes: LAYER_BYTES, bytesPerSecond: BYTES_PER_SECOND },
  });
  const { api, controller, seconds } = fleet;
  const memory = () => memoryOf(controller.process.pid);
  const told = `identities took ${seconds.identities.toFixed(1)} s, sessions ${seconds.sessions.toFixed(1)} s`;
  tell(`${told}, the controller has ${megabytes(memory().rssBytes).toFixed(0)} MB`);
  const metricsBefore = await metricsOf(fleet);
  const begun = performance.now();
  const moments = await distribute(fleet, { nodes: agents / GROUPS, layers: LAYERS });
  const fullSeconds = lastSeconds(await moments.full.all("told of in full", LONGEST_MS), begun);
  tell(`full status after ${fullSeconds.toFixed(1)} s`);
  const readings = await readUntilQuiet(api, QUIET_MS, LONGEST_MS);
  const readySeconds = lastSeconds(await moments.ready.all("ready", LONGEST_MS), begun);
  const active = activeOf(readings);
  tell(`all ready after ${readySeconds.toFixed(1)} s, idling for ${idleSeconds} s`);
  const metricsAfter = await metricsOf(fleet);
  const idleFrom = await readWrites(api);
  await Promise.race([sleep(idleSeconds * 1_000), fleet.failed]);
  const idleTo = await readWrites(api);
  const reconcile = "oci_torrent_controller_reconcile_seconds";
  return {
    identitiesSeconds: seconds.identities,
    sessionsSeconds: seconds.sessions,
    fullSeconds,
    readySeconds,
    ...active,
    idleWrites: idleTo.writes - idleFrom.writes,
    peakBytes: memory().peakRssBytes,
    idleBytes: memory().rssBytes,
    reconcileMs: histogramQuantile(reconcile, 0.99, metricsBefore, metricsAfter) * 1_000,
  };
}

const metricsOf = async ({ controller }: SimulatedFleet) =>
  (await fetch(`${controller.metricsUrl}/metrics`)).text();

/** Applies all at once. */
async function distribute(
  { api, images }: SimulatedFleet,
  wanted: { readonly nodes: number; readonly layers: number },
) {
  const full = new FirstMoments(images.length, (status) => isFull(status, wanted));
  const ready = new FirstMoments(images.length, isReady);
  followStatuses(api, (...told) => {
    full.hear(...told);
    ready.hear(...told);
  });
  await inParallel(images, 8, (image, index) =>
    applyDistribution(api, { name: `app-${index}`, image, group: index % GROUPS }),
  );
  return { full, ready };
}

const lastSeconds = (moments: ReadonlyMap<string, number>, begun: number): number =>
  (Math.max(...moments.values()) - begun) / 1_000;

/** From the first full status until nothing was written any more. */
function activeOf(readings: readonly Reading[]) {
  const [first] = readings;
  const last = readings.find(({ writes }) => writes === readings.at(-1)?.writes);
  if (first === undefined || last === undefined || first === last) {
    return { activeWrites: 0, busiestWrites: 0 };
  }
  const between = readings.slice(1).map((to, index) => writesPerSecond(readings[index] ?? to, to));
  return { activeWrites: writesPerSecond(first, last), busiestWrites: Math.max(...between) };
}

const figuresOf = (samples: readonly Sample[]): readonly Figure[] => {
  const of = (field: keyof Sample) => samples.map((sample) => sample[field]);
  const inMegabytes = (field: keyof Sample) => of(field).map(megabytes);
  return [
    { name: "identities made", unit: "s", samples: of("identitiesSeconds") },
    { name: "all agents have sessions", unit: "s", samples: of("sessionsSeconds") },
    {
      ...{ name: "first full status of all", unit: "s", samples: of("fullSeconds") },
      gate: { atMost: 60 },
    },
    { name: "all ready", unit: "s", samples: of("readySeconds") },
    {
      name: "writes a second from then on, until all is told",
      ...{ unit: "count", samples: of("activeWrites") },
      gate: { atMost: 20 },
    },
    { name: "writes a second, busiest ten seconds", unit: "count", samples: of("busiestWrites") },
    {
      ...{ name: "writes while idle", unit: "count", samples: of("idleWrites") },
      gate: { atMost: 0 },
    },
    {
      name: "peak memory of the controller",
      ...{ unit: "MB", samples: inMegabytes("peakBytes") },
      gate: { atMost: megabytes(MOST_CONTROLLER_BYTES) },
    },
    { name: "memory of the idle controller", unit: "MB", samples: inMegabytes("idleBytes") },
    {
      ...{ name: "reconcile, p99", unit: "ms", samples: of("reconcileMs") },
      gate: { atMost: 200 },
    },
  ];
};
