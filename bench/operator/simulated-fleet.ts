import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { anOwnCluster, type OwnCluster } from "../../e2e/cluster/cluster.ts";
import { publishedBundle, startController, type TestController } from "../../e2e/cluster/fleet.ts";
import { applyManifests } from "../../e2e/cluster/manifests.ts";
import { until } from "../../e2e/cluster/until.ts";
import { atEnd, type Scope } from "../../e2e/support/at-end.ts";
import { tempDir } from "../../e2e/support/temp.ts";
import { openKubeApi } from "../../src/agent/index.ts";
import { runAll, silentLog } from "../../src/runtime/index.ts";
import { secondsOf } from "../daemons.ts";
import { type ApiAdministrator, apiAdministrator } from "./api-administrator.ts";
import { type ListedImage, listedImage } from "./listed-image.ts";
import { startListingRegistry } from "./listing-registry.ts";
import { type MemberPod, makeMemberPods } from "./member-pods.ts";
import { createSimulatedNode, type SimulatedNode } from "./simulated-node.ts";

export type FleetSpec = {
  readonly nodes: number;
  /** Of nodes, all of one size. */
  readonly groups: number;
  readonly images: number;
  readonly layers: number;
  readonly layerBytes: number;
  /** Of each node's link. */
  readonly bytesPerSecond: number;
};

export type SimulatedFleet = {
  readonly cluster: OwnCluster;
  readonly api: ApiAdministrator;
  readonly controller: TestController;
  /** HOST:PORT/REPOSITORY:TAG of each image. */
  readonly images: readonly string[];
  /** Until all nodes and their pods, with tokens, were made; and from then until all agents had sessions. */
  readonly seconds: { readonly identities: number; readonly sessions: number };
  /** Rejects when an agent has ended by itself. */
  readonly failed: Promise<never>;
};

/** Of loopback; no other bench or test uses it. */
const CONTROLLER_ADDRESS = "127.0.71.1";
const SESSIONS_WITHIN_MS = 300_000;

/** A control plane, a controller as a process of its own, and the agents of all nodes in this process; all end with the scope. */
export async function simulatedFleet(scope: Scope, spec: FleetSpec): Promise<SimulatedFleet> {
  const listed = Array.from({ length: spec.images }, (_, index) =>
    listedImage(`bench/app-${index}`, spec.layers, spec.layerBytes),
  );
  const registry = await startListingRegistry(scope, listed);
  const cluster = await anOwnCluster(scope);
  await applyManifests(cluster);
  const controller = await startController(scope, cluster, CONTROLLER_ADDRESS, [registry]);
  const api = apiAdministrator(scope, cluster.kubeconfig);
  let pods: readonly MemberPod[] = [];
  const identities = await secondsOf(async () => {
    pods = await makeMemberPods(api, spec.nodes, spec.groups);
  });
  const nodes = await simulatedNodes(scope, cluster, controller, pods, spec.bytesPerSecond);
  const failed = runNodes(scope, nodes);
  const open = until("all agents have sessions", SESSIONS_WITHIN_MS, async () =>
    nodes.every((node) => node.hasSession()) ? true : undefined,
  );
  const sessions = await secondsOf(() => Promise.race([open, failed]));
  const images = listed.map((image) => nameAt(registry.address, image));
  return { ...{ cluster, api, controller, images, failed }, seconds: { identities, sessions } };
}

const nameAt = (host: string, { repository }: ListedImage) => `${host}/${repository}:1`;

async function simulatedNodes(
  scope: Scope,
  cluster: OwnCluster,
  { identity }: TestController,
  pods: readonly MemberPod[],
  bytesPerSecond: number,
): Promise<readonly SimulatedNode[]> {
  const { url, caFile } = cluster.controlPlane;
  const bundle = await publishedBundle(cluster);
  const directory = tempDir(scope);
  return await Promise.all(
    pods.map(async (pod) => {
      const tokenFile = join(directory, pod.node);
      writeFileSync(tokenFile, pod.apiToken, { mode: 0o600 });
      const api = await openKubeApi({ server: url, tokenFile, caFile });
      atEnd(scope, async () => await api[Symbol.asyncDispose]());
      const controllers = [identity];
      const shared = { api, controllers, bundle, bytesPerSecond, log: silentLog };
      return await createSimulatedNode({ pod, ...shared });
    }),
  );
}

function runNodes(scope: Scope, nodes: readonly SimulatedNode[]): Promise<never> {
  const stop = new AbortController();
  const running = runAll(nodes, stop.signal);
  atEnd(scope, async () => {
    stop.abort();
    await running.catch(() => {});
  });
  const { promise, reject } = Promise.withResolvers<never>();
  running.catch((error: unknown) => {
    if (!stop.signal.aborted) reject(error);
  });
  // Whoever races with it hears of it; nobody else has to.
  promise.catch(() => {});
  return promise;
}
