import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { anOwnCluster } from "../../e2e/cluster/cluster.ts";
import { startController, startNode } from "../../e2e/cluster/fleet.ts";
import { AGENT, applyManifests, userOf } from "../../e2e/cluster/manifests.ts";
import type { Scope } from "../../e2e/support/at-end.ts";
import { tempDir } from "../../e2e/support/temp.ts";
import { type Idling, idle } from "../idling.ts";
import { AUDIT_POLICY, type Audited, requestsOf } from "../operator/audit-log.ts";
import { OPERATOR_NEEDS, prepareOperator } from "../operator/needs.ts";
import { REGISTRY_NEEDS, registryWith } from "../registry.ts";
import type { BenchOptions, Figure, Scenario } from "../scenario.ts";
import { withScope } from "../scope.ts";

const IMAGE = "bench/idle";
const LAYERS = 15;
const LAYER_BYTES = 2 ** 20;

export const agentIdleScenario: Scenario = {
  name: "agent-idle",
  about: `an agent of a cluster that holds an image of ${LAYERS} layers and has nothing to do`,
  needs: () => [...OPERATOR_NEEDS, ...REGISTRY_NEEDS],
  measure: async (options) => ({ figures: figuresOf(await measureAll(options)) }),
};

type Sample = Idling & Audited & { readonly minutes: number };

async function measureAll(options: BenchOptions): Promise<readonly Sample[]> {
  prepareOperator();
  const samples: Sample[] = [];
  for (let run = 1; run <= options.runs; run += 1) {
    samples.push(await withScope((scope) => measureOnce(scope, options.idleSeconds)));
    options.tell(`run ${run}: idled`);
  }
  return samples;
}

/** Loopback addresses that no other bench or test uses. */
const ADDRESSES = { controller: "127.0.72.1", node: "127.0.72.2" };

async function measureOnce(scope: Scope, idleSeconds: number): Promise<Sample> {
  const layers = Array.from({ length: LAYERS }, (_, layer) => ({
    seed: `${IMAGE} ${layer}`,
    bytes: LAYER_BYTES,
  }));
  const { registry } = await registryWith(scope, { [`${IMAGE}:latest`]: layers });
  const audit = auditIn(tempDir(scope));
  const cluster = await anOwnCluster(scope, { apiServerFlags: audit.flags });
  await applyManifests(cluster);
  const controller = await startController(scope, cluster, ADDRESSES.controller, [registry]);
  const node = { name: "node-1", address: ADDRESSES.node, zone: "a" };
  const insecure = ["--insecure-registry", registry.address];
  const agent = await startNode(scope, cluster, node, [controller], insecure);
  const object = {
    ...{ apiVersion: "oci-torrent.io/v1alpha1", kind: "ImageDistribution" },
    metadata: { name: "idle" },
    spec: { image: `${registry.address}/${IMAGE}:latest`, runtime: { load: "Never" } },
  };
  await cluster.kubectl(["apply", "-f", "-"], { input: JSON.stringify(object) });
  const ready = ["wait", "imgdist/idle", "--for=condition=Ready", "--timeout=50s"];
  await cluster.kubectl(ready);
  const told = "--for=jsonpath={.status.images[0].state}=Ready";
  await cluster.kubectl(["wait", "nodeimageset/node-1", told, "--timeout=50s"]);
  const from = audit.size();
  // The control: what it wrote of its image is there.
  if (requestsOf(audit.read(), userOf(AGENT)).requests === 0) {
    throw new Error("the audit log tells of no request of the agent, so it would prove nothing");
  }
  const idling = await idle(agent.process.pid, idleSeconds);
  const audited = requestsOf(audit.read().slice(from), userOf(AGENT));
  return { ...idling, ...audited, minutes: idleSeconds / 60 };
}

/** What the API server writes down of every request. */
function auditIn(directory: string) {
  const [policy, log] = [join(directory, "policy"), join(directory, "audit.log")];
  writeFileSync(policy, JSON.stringify(AUDIT_POLICY));
  writeFileSync(log, "");
  const read = () => readFileSync(log, "utf8");
  const flags = [`--audit-policy-file=${policy}`, `--audit-log-path=${log}`];
  return { flags, read, size: () => read().length };
}

const figuresOf = (samples: readonly Sample[]): readonly Figure[] => [
  {
    ...{ name: "memory", unit: "MB", samples: samples.map(({ rssMegabytes }) => rssMegabytes) },
    gate: { atMost: 115 },
  },
  { name: "share of a core", unit: "share", samples: samples.map(({ coreShare }) => coreShare) },
  {
    name: "requests to the API server a minute",
    ...{ unit: "count", samples: samples.map(({ requests, minutes }) => requests / minutes) },
    gate: { atMost: 1 },
  },
  {
    ...{ name: "watches", unit: "count", samples: samples.map(({ watches }) => watches) },
    gate: { atMost: 1 },
  },
];
