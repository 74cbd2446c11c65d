// Three real nodes with oci-torrent installed in them, as its users have it.
import { type NodeCluster, numberedNodes, startNodeCluster } from "../../e2e/nodes/cluster.ts";
import { processesOn } from "../../e2e/nodes/processes.ts";
import { install, prepareRelease } from "../../e2e/nodes/release.ts";
import type { Scope } from "../../e2e/support/at-end.ts";
import { buildPrograms, type GoModule } from "../../tools/go-modules.ts";
import { CONTROL_PLANE, NODE_MODULES } from "../../tools/go-programs.ts";
import { memoryOf } from "../proc.ts";

export const NODES = 3;

/** As `lacking` takes them; those built with Go come by themselves. */
export const INSTALL_NEEDS = [
  ...["root", "containerd", "containernetworking-plugins", "runc", "mkfs.ext4", "busybox"],
  ...["docker-registry", "ip", "iptables", "nsenter", "openssl", "setpriv", "skopeo", "unshare"],
];

const MODULES: readonly GoModule[] = [CONTROL_PLANE, ...NODE_MODULES];

/** @param dataMiB of each node's disk for what agents store */
export async function installedCluster(scope: Scope, dataMiB: number): Promise<NodeCluster> {
  for (const module of MODULES) {
    const programs = buildPrograms(module);
    if (programs.state === "impossible") throw new Error(programs.why);
  }
  const nodes = numberedNodes(NODES).map((node) => ({ ...node, dataMiB }));
  const cluster = await startNodeCluster(scope, { nodes });
  await install(await prepareRelease(scope, cluster));
  return cluster;
}

type Part = "agent" | "runtime helper" | "controller";

const SCRIPTS: Readonly<Record<Part, string>> = {
  agent: "oci-torrentd.mjs",
  "runtime helper": "oci-torrent-runtime.mjs",
  controller: "oci-torrent-controller.mjs",
};

/** The most memory that any process of a part has had since it started: bytes. */
export function peakBytes(cluster: NodeCluster, part: Part): number {
  const pids = cluster.nodes().flatMap((node) => processesOn(node, SCRIPTS[part]));
  if (pids.length === 0) throw new Error(`no node runs a process of the ${part}`);
  return Math.max(...pids.map((pid) => memoryOf(pid).peakRssBytes));
}

/** How often the kubelets have started a container of ours anew. */
export async function restarts({ kubectl }: NodeCluster): Promise<number> {
  const path = "jsonpath={.items[*].status.containerStatuses[*].restartCount}";
  const { stdout } = await kubectl(["get", "pods", "-n", "oci-torrent", "-o", path]);
  return stdout.split(" ").reduce((sum, count) => sum + Number(count), 0);
}
