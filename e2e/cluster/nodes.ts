// Nodes and pods that no kubelet stands behind: what it would write, the test writes.
import type { Cluster } from "./cluster.ts";

export type NodeSpec = {
  readonly name: string;
  /** Of loopback, for each node another: 127.0.0.2. */
  readonly address: string;
  readonly labels?: Readonly<Record<string, string>>;
};

export type PodSpec = {
  readonly name: string;
  readonly namespace: string;
  readonly serviceAccount: string;
  /** Where it runs. */
  readonly node: NodeSpec;
  readonly labels?: Readonly<Record<string, string>>;
};

async function create({ kubectl }: Cluster, object: object, ...where: readonly string[]) {
  const args = ["create", ...where, "-f", "-", "-o", "json"];
  const { stdout } = await kubectl(args, { input: JSON.stringify(object) });
  return JSON.parse(stdout) as { metadata: { uid: string } };
}

/** Makes a node that is ready for pods. */
export async function makeNode(cluster: Cluster, { name, address, labels }: NodeSpec) {
  const ready = { type: "Ready", status: "True", reason: "Test", message: "made by a test" };
  await create(cluster, {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { "kubernetes.io/os": "linux", ...labels } },
    status: {
      addresses: [{ type: "InternalIP", address }],
      conditions: [ready],
      nodeInfo: { operatingSystem: "linux", architecture: "amd64" },
    },
  });
  // The server marks a new node as not ready, and leaves it to others to take that back.
  const patch = JSON.stringify({ spec: { taints: null } });
  await cluster.kubectl(["patch", "node", name, "--type=merge", "-p", patch]);
}

/** Makes a pod on the node's own network that runs, as far as anybody can see. Resolves with its uid. */
export async function makePod(
  cluster: Cluster,
  { name, namespace, serviceAccount, node, labels = {} }: PodSpec,
): Promise<string> {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels },
    spec: {
      nodeName: node.name,
      hostNetwork: true,
      serviceAccountName: serviceAccount,
      automountServiceAccountToken: false,
      containers: [{ name: "agent", image: "agent" }],
    },
  };
  const { metadata } = await create(cluster, pod, "-n", namespace);
  const addresses = { hostIP: node.address, podIP: node.address };
  const ready = { type: "Ready", status: "True" };
  const status = JSON.stringify({
    status: { phase: "Running", ...addresses, conditions: [ready] },
  });
  const where = ["pod", name, "-n", namespace, "--subresource=status"];
  await cluster.kubectl(["patch", ...where, "--type=merge", "-p", status]);
  return metadata.uid;
}

/** A token as a kubelet projects it into the pod: it names the pod and its node. Without an audience it is for the API server. */
export async function podToken(
  cluster: Cluster,
  { name, namespace, serviceAccount }: PodSpec,
  audience?: string,
): Promise<string> {
  const { stdout } = await cluster.kubectl([
    ...["create", "token", serviceAccount, "-n", namespace],
    ...["--bound-object-kind=Pod", `--bound-object-name=${name}`],
    ...(audience === undefined ? [] : [`--audience=${audience}`]),
  ]);
  return stdout.trim();
}
