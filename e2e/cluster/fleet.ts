// Controllers and agents as they run in a cluster: processes of their own, each with the rights and the token of its pod.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ImageDistributionStatus, WantedImage } from "../../src/api/index.ts";
import { startAgent, type TestAgent } from "../support/agents.ts";
import type { Scope } from "../support/at-end.ts";
import { freePort } from "../support/free-port.ts";
import { type Running, start } from "../support/processes.ts";
import { ourProgram } from "../support/programs.ts";
import type { TestRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp.ts";
import { anOwnCluster, type OwnCluster } from "./cluster.ts";
import { writeKubeconfig } from "./kubeconfig.ts";
import { AGENT, applyManifests, CONTROLLER, NAMESPACE } from "./manifests.ts";
import { makeNode, makePod, type NodeSpec, podToken } from "./nodes.ts";

type Asked = Pick<TestRegistry, "address">;

const insecure = (registries: readonly Asked[]) =>
  registries.flatMap(({ address }) => ["--insecure-registry", address]);

export type TestController = {
  /** ip:port of its sessions: also who it is in the election. */
  readonly identity: string;
  readonly metricsUrl: string;
  readonly process: Running;
};

/**
 * Starts a replica that is reached at `address`, of loopback, and asks the registries without TLS; with a port, for one that
 * agents know already.
 */
export async function startController(
  scope: Scope,
  cluster: OwnCluster,
  address: string,
  registries: readonly Asked[],
): Promise<TestController> {
  const { url, caFile } = cluster.controlPlane;
  const [host = "", port = "0"] = address.split(":");
  const kubeconfig = join(tempDir(scope), "kubeconfig");
  const { stdout } = await cluster.kubectl(["create", "token", CONTROLLER, "-n", NAMESPACE]);
  writeKubeconfig(kubeconfig, url, caFile, { token: stdout.trim() });
  const metrics = `${host}:${await freePort(host)}`;
  const process = start(scope, ourProgram("oci-torrent-controller"), [
    ...["--kubeconfig", kubeconfig, "--namespace", NAMESPACE, "--advertise", host],
    ...["--session-listen", `${host}:${port}`, "--tracker-listen", `${host}:0`],
    ...["--metrics-listen", metrics, ...insecure(registries)],
  ]);
  const [, identity = ""] = await process.line(/"ready for agents".*"address":"([^"]+)"/);
  return { identity, metricsUrl: `http://${metrics}`, process };
}

/** What the controllers have published for the agents' pods to mount. */
export async function publishedBundle({ kubectl }: OwnCluster): Promise<string> {
  const where = ["get", "configmap", "oci-torrent-ca-bundle", "-n", NAMESPACE];
  return (await kubectl([...where, "-o", "jsonpath={.data.ca\\.crt}"])).stdout;
}

export type FleetNode = NodeSpec & { readonly zone: string };

/** Makes a node and its agent's pod, and starts the agent with the pod's tokens. */
export async function startNode(
  scope: Scope,
  cluster: OwnCluster,
  { zone, ...spec }: FleetNode,
  controllers: readonly TestController[],
  args: readonly string[],
): Promise<TestAgent> {
  const node: NodeSpec = { ...spec, labels: { "topology.kubernetes.io/zone": zone } };
  await makeNode(cluster, node);
  const pod = { name: `agent-${node.name}`, namespace: NAMESPACE, serviceAccount: AGENT, node };
  const podUid = await makePod(cluster, pod);
  const { url, caFile } = cluster.controlPlane;
  const directory = tempDir(scope);
  const apiToken = join(directory, "token");
  const apiCa = join(directory, "ca.crt");
  writeFileSync(apiToken, await podToken(cluster, pod));
  writeFileSync(apiCa, readFileSync(caFile));
  return startAgent(scope, {
    ...{ node: node.name, address: node.address, podUid },
    controllers: controllers.map(({ identity }) => identity),
    bundle: await publishedBundle(cluster),
    token: await podToken(cluster, pod, "oci-torrent"),
    args: [...["--api-server", url, "--api-token", apiToken, "--api-ca", apiCa], ...args],
  });
}

export type TestFleet = {
  readonly cluster: OwnCluster;
  readonly controllers: readonly TestController[];
  /** By node: three in the zone a, three in b. */
  readonly agents: ReadonlyMap<string, TestAgent>;
  /** What it prints, as the cluster's administrator. */
  kubectl(...args: readonly string[]): Promise<string>;
  /** Applies an ImageDistribution whose image is to be stored, and not loaded. */
  distribute(name: string, spec: object): Promise<void>;
  /** Changes fields of its spec; null takes one away. */
  edit(name: string, spec: object): Promise<void>;
  status(name: string): Promise<Partial<ImageDistributionStatus>>;
  /** Waits as a user would. */
  untilReady(name: string): Promise<void>;
  /** By node: what it is to hold for the distribution. */
  wanted(name: string): Promise<ReadonlyMap<string, WantedImage>>;
  seeders(name: string): Promise<readonly string[]>;
  /** `identity` of the controller that has the Lease; empty while none has. */
  leader(): Promise<string>;
};

/** Two controllers and the agents of six nodes, each at an address of its own below 127.0.`network` and the one after it. */
export async function aFleet(
  scope: Scope,
  network: number,
  registries: readonly TestRegistry[],
): Promise<TestFleet> {
  const cluster = await anOwnCluster(scope);
  await applyManifests(cluster);
  const controllers = await Promise.all(
    [1, 2].map((i) => startController(scope, cluster, `127.0.${network}.${i}`, registries)),
  );
  const agents = new Map<string, TestAgent>();
  for (let i = 1; i <= 6; i += 1) {
    const zone = i <= 3 ? "a" : "b";
    const node = { name: `node-${i}`, address: `127.0.${network + 1}.${i}`, zone };
    agents.set(node.name, await startNode(scope, cluster, node, controllers, insecure(registries)));
  }
  const kubectl = async (...args: readonly string[]) => (await cluster.kubectl(args)).stdout;
  const wanted: TestFleet["wanted"] = async (name) => {
    const { items } = JSON.parse(await kubectl("get", "nis", "-o", "json")) as {
      items: { metadata: { name: string }; spec: { images: readonly WantedImage[] } }[];
    };
    const entries = items.flatMap(({ metadata, spec }) =>
      spec.images
        .filter(({ key }) => key.startsWith(`default/${name}/`))
        .map((image) => [metadata.name, image] as const),
    );
    return new Map(entries);
  };
  return {
    ...{ cluster, controllers, agents, kubectl, wanted },
    async seeders(name) {
      const entries = [...(await wanted(name))];
      return entries.filter(([, { role }]) => role === "Seeder").map(([node]) => node);
    },
    leader: () =>
      kubectl(
        ...["get", "lease", "oci-torrent-controller", "-n", NAMESPACE],
        ...["-o", "jsonpath={.spec.holderIdentity}"],
      ),
    async edit(name, spec) {
      const patch = JSON.stringify({ spec });
      await kubectl("patch", "imgdist", name, "--type=merge", "-p", patch);
    },
    async untilReady(name) {
      await kubectl("wait", `imgdist/${name}`, "--for=condition=Ready", "--timeout=2m");
    },
    async distribute(name, spec) {
      const object = {
        apiVersion: "oci-torrent.io/v1alpha1",
        kind: "ImageDistribution",
        metadata: { name },
        spec: { runtime: { load: "Never" }, ...spec },
      };
      await cluster.kubectl(["apply", "-f", "-"], { input: JSON.stringify(object) });
    },
    async status(name) {
      const object: unknown = JSON.parse(await kubectl("get", "imgdist", name, "-o", "json"));
      return (object as { status?: ImageDistributionStatus }).status ?? {};
    },
  };
}
