// A whole Kubernetes cluster on this machine: a control plane, DNS, a registry, and nodes whose kubelets run real pods.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { NODE_MODULES } from "../../tools/go-programs.ts";
import { clientSubject } from "../cluster/certificates.ts";
import { anEmptyCluster, type OwnCluster } from "../cluster/cluster.ts";
import { type Component, startComponent } from "../cluster/component.ts";
import type { ControlPlane } from "../cluster/control-plane.ts";
import { certified, writeKubeconfig } from "../cluster/kubeconfig.ts";
import { lackingCluster } from "../cluster/programs.ts";
import type { Scope } from "../support/at-end.ts";
import { goProgram, lackingGo } from "../support/go-programs.ts";
import type { Host } from "../support/netns.ts";
import { startRegistry, type TestRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp.ts";
import { lackingCgroups } from "./cgroups.ts";
import { makePauseImage, makeShellImage } from "./images.ts";
import { GATEWAY, makeSwitch } from "./network.ts";
import { type ClusterNode, type NodeSpec, type NodeSurroundings, startNode } from "./node.ts";
import { onSwitch } from "./setting.ts";

const REGISTRY_PORT = 5000;

/** The registry's name on every node and in every pod. */
export const REGISTRY = `registry.test:${REGISTRY_PORT}`;

/** In the registry from the start: an image with a shell. */
export const SHELL_IMAGE = `${REGISTRY}/shell:1`;

/** In the registry from the start: what holds a pod's namespaces. */
export const PAUSE_IMAGE = `${REGISTRY}/pause:1`;

/** node-1 and so on. Every third has Debian's old containerd, the others today's. */
export const numberedNodes = (count: number): NodeSpec[] =>
  Array.from({ length: count }, (_, index) => ({
    name: `node-${index + 1}`,
    runtime: index % 3 === 2 ? "1.6" : "2.4",
  }));

export type NodeClusterOptions = {
  readonly nodes?: readonly NodeSpec[];
};

export type NodeCluster = OwnCluster & {
  readonly theSwitch: Host;
  readonly registry: TestRegistry;
  /** Those that were started, in that order. */
  nodes(): readonly ClusterNode[];
  node(name: string): ClusterNode;
  /** Resolves when the node is Ready. */
  addNode(spec: NodeSpec): Promise<ClusterNode>;
};

/** For a test's `skip`: why no such cluster can be had here, or false. */
export function lackingNodes(): string | false {
  const missing = [...NODE_MODULES].map(lackingGo).find((why) => why !== false) ?? false;
  const needs = ["root", "containerd", "containernetworking-plugins", "runc", "mkfs.ext4"];
  const tools = ["busybox", "docker-registry", "ip", "iptables", "nsenter", "skopeo", "unshare"];
  return missing || lackingCluster(...needs, ...tools) || lackingCgroups();
}

/** Starts one, without anything of ours in it, that is gone when the test or suite ends. */
export async function startNodeCluster(
  scope: Scope,
  { nodes = numberedNodes(3) }: NodeClusterOptions = {},
): Promise<NodeCluster> {
  const theSwitch = await makeSwitch(scope);
  const [registry, cluster] = await Promise.all([
    startFilledRegistry(scope, theSwitch),
    onSwitch(scope, theSwitch).then((setting) => anEmptyCluster(scope, { setting })),
  ]);
  const { controlPlane, kubectl } = cluster;
  await Promise.all([
    startScheduler(scope, theSwitch, controlPlane),
    startDns(scope, theSwitch, controlPlane),
    kubectl([
      ...["create", "clusterrolebinding", "kube-proxy"],
      ...["--clusterrole=system:node-proxier", "--user=system:kube-proxy"],
    ]),
  ]);
  const around: NodeSurroundings = {
    theSwitch,
    certificates: controlPlane.certificates,
    serverUrl: controlPlane.innerUrl,
    sandboxImage: PAUSE_IMAGE,
    hosts: [`${GATEWAY} ${REGISTRY.replace(/:.*/, "")}`],
    files: { [`/etc/containerd/certs.d/${REGISTRY}/hosts.toml`]: HOSTS_TOML },
  };
  const started: ClusterNode[] = [];
  let next = 1;
  const addNode = async (spec: NodeSpec): Promise<ClusterNode> => {
    const node = await startNode(scope, around, next++, spec);
    started.push(node);
    await kubectl(["wait", "--for=create", `node/${spec.name}`, "--timeout=60s"]);
    await kubectl(["wait", "--for=condition=Ready", `node/${spec.name}`, "--timeout=60s"]);
    return node;
  };
  await Promise.all(nodes.map(addNode));
  return {
    ...cluster,
    theSwitch,
    registry,
    nodes: () => started,
    node: (name) => {
      const found = started.find((each) => each.name === name);
      if (found === undefined) throw new Error(`the cluster has no node ${name}`);
      return found;
    },
    addNode,
  };
}

const HOSTS_TOML = `server = "http://${REGISTRY}"
[host."http://${REGISTRY}"]
  capabilities = ["pull", "resolve"]
`;

async function startFilledRegistry(scope: Scope, theSwitch: Host): Promise<TestRegistry> {
  const directory = tempDir(scope);
  const [registry, pause, shell] = await Promise.all([
    startRegistry(scope, { on: theSwitch, port: REGISTRY_PORT }),
    makePauseImage(directory),
    makeShellImage(directory),
  ]);
  await Promise.all([registry.push(pause, "pause:1"), registry.push(shell, "shell:1")]);
  registry.forgetRequests();
  return registry;
}

async function startScheduler(
  scope: Scope,
  theSwitch: Host,
  plane: ControlPlane,
): Promise<Component> {
  const subject = clientSubject("scheduler", "/CN=system:kube-scheduler");
  const user = certified(await plane.certificates.issue(subject));
  const kubeconfig = join(plane.directory, "scheduler.kubeconfig");
  writeKubeconfig(kubeconfig, plane.innerUrl, plane.caFile, user);
  return await startComponent(scope, {
    name: "kube-scheduler",
    on: theSwitch,
    program: goProgram("kube-scheduler"),
    args: [
      ...[`--kubeconfig=${kubeconfig}`, `--authentication-kubeconfig=${kubeconfig}`],
      ...[`--authorization-kubeconfig=${kubeconfig}`, "--authentication-skip-lookup"],
      ...["--bind-address=127.0.0.1", "--leader-elect=false"],
    ],
    ready: async (process) => void (await process.line(/Serving securely/)),
  });
}

/** Knows the cluster's services and the registry, and passes no question on. */
async function startDns(scope: Scope, theSwitch: Host, plane: ControlPlane): Promise<Component> {
  const kubeconfig = join(plane.directory, "dns.kubeconfig");
  writeKubeconfig(kubeconfig, plane.innerUrl, plane.caFile, certified(plane.admin));
  const corefile = join(plane.directory, "Corefile");
  writeFileSync(
    corefile,
    `.:53 {
  errors
  hosts {
    ${GATEWAY} ${REGISTRY.replace(/:.*/, "")}
    fallthrough
  }
  kubernetes cluster.local {
    kubeconfig ${kubeconfig}
    pods disabled
  }
}
`,
  );
  return await startComponent(scope, {
    name: "coredns",
    on: theSwitch,
    program: goProgram("coredns"),
    args: ["-conf", corefile],
    ready: async (process) => void (await process.line(/CoreDNS-/)),
  });
}
