import { type NodeCluster, REGISTRY } from "../../e2e/nodes/cluster.ts";
import { distribute, registryBytes, untilReady } from "../../e2e/nodes/distributions.ts";
import type { Scope } from "../../e2e/support/at-end.ts";
import { makeImage } from "../../e2e/support/images.ts";
import { run } from "../../e2e/support/processes.ts";
import { program } from "../../e2e/support/programs.ts";
import { tempDir } from "../../e2e/support/temp.ts";
import { INSTALL_NEEDS, installedCluster, NODES, peakBytes } from "../cluster/installed-cluster.ts";
import { secondsOf } from "../daemons.ts";
import type { BenchOptions, Figure, Scenario } from "../scenario.ts";
import { withScope } from "../scope.ts";
import { shapingCommands } from "../swarms/shaped-network.ts";
import { megabytes } from "../units.ts";

const LAYER_BYTES = [60e6, 20e6, 15e6, 5e6];
const IMAGE_BYTES = LAYER_BYTES.reduce((sum, bytes) => sum + bytes, 0);
const MEGABITS = 100;
const BOUND_SECONDS = (IMAGE_BYTES * 8) / (MEGABITS * 1e6);
const MOST_CONTROLLER_BYTES = 150e6;
const DATA_MIB = 8_192;

export const applyScenario: Scenario = {
  name: "apply",
  about: `an image of ${megabytes(IMAGE_BYTES)} MB, from kubectl apply until ${NODES} real nodes with links of ${MEGABITS} Mbit/s have it in their runtimes`,
  needs: () => [...INSTALL_NEEDS, "tc"],
  measure: async (options) => ({
    figures: await withScope((scope) => measure(scope, options)),
  }),
};

async function measure(scope: Scope, { runs, tell }: BenchOptions): Promise<readonly Figure[]> {
  const cluster = await installedCluster(scope, DATA_MIB);
  await limitLinks(cluster);
  const samples: { readonly all: number; readonly load: number; readonly copies: number }[] = [];
  for (let each = 1; each <= runs; each += 1) {
    const sample = { load: await loadAlone(cluster, each), ...(await applied(cluster, each)) };
    tell(`run ${each}: ${sample.all.toFixed(2)} s, and a load alone ${sample.load.toFixed(2)} s`);
    samples.push(sample);
  }
  return [
    {
      name: "time over that of the image on one link and the load alone",
      unit: "ratio",
      samples: samples.map(({ all, load }) => all / (BOUND_SECONDS + load)),
      gate: { atMost: 1.3 },
    },
    { name: "from apply to Ready", unit: "s", samples: samples.map(({ all }) => all) },
    { name: "the load alone", unit: "s", samples: samples.map(({ load }) => load) },
    {
      name: "what the registry gives, in images",
      unit: "ratio",
      samples: samples.map(({ copies }) => copies),
    },
    {
      name: "peak memory of the controller",
      unit: "MB",
      samples: [megabytes(peakBytes(cluster, "controller"))],
      gate: { atMost: megabytes(MOST_CONTROLLER_BYTES) },
    },
  ];
}

/** In both directions. The registry's has no limit: a registry has more than a node. */
async function limitLinks({ theSwitch, nodes }: NodeCluster): Promise<void> {
  const limit = (devices: readonly string[]) => ({ input: shapingCommands(devices, MEGABITS) });
  const tc = [program("tc"), ["-batch", "-"]] as const;
  await run(...tc, { on: theSwitch, ...limit(nodes().map(({ name }) => name)) });
  for (const node of nodes()) await run(...tc, { on: node, ...limit(["eth0"]) });
}

async function push(cluster: NodeCluster, name: string): Promise<string> {
  await withScope(async (scope) => {
    const layers = LAYER_BYTES.map((bytes, index) => ({ seed: `${name} ${index}`, bytes }));
    const image = await makeImage(tempDir(scope), { tag: "1", layers });
    await cluster.registry.push(image, `bench/${name}:1`);
  });
  cluster.registry.forgetRequests();
  return `${REGISTRY}/bench/${name}:1`;
}

/** Of an image that is stored on every node already. */
async function loadAlone(cluster: NodeCluster, each: number): Promise<number> {
  const name = `stored-${each}`;
  await distribute(cluster, name, { image: await push(cluster, name), runtime: { load: "Never" } });
  await untilReady(cluster, name);
  return await secondsOf(async () => {
    const edit = JSON.stringify({ spec: { runtime: { load: "Always" } } });
    await cluster.kubectl(["patch", "imgdist", name, "--type=merge", "-p", edit]);
    await untilReady(cluster, name);
  });
}

async function applied(cluster: NodeCluster, each: number) {
  const name = `applied-${each}`;
  const image = await push(cluster, name);
  const all = await secondsOf(async () => {
    await distribute(cluster, name, { image });
    await untilReady(cluster, name);
  });
  return { all, copies: registryBytes(cluster, `bench/${name}`) / IMAGE_BYTES };
}
