import { until } from "../cluster/until.ts";
import type { NodeCluster } from "./cluster.ts";

const PRINTED_TIMEOUT_MS = 30_000;

/** Runs a pod of the image on every node, which never pulls, in the namespace that kubectl stands for, and waits until all run. Resolves with their first line by node. */
export async function runEverywhere(
  { kubectl }: Pick<NodeCluster, "kubectl">,
  name: string,
  image: string,
  command?: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const labels = { app: name };
  const daemonSet = {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [{ name: "main", image, command, imagePullPolicy: "Never" }],
        },
      },
    },
  };
  await kubectl(["apply", "-f", "-"], { input: JSON.stringify(daemonSet) });
  const rollout = ["rollout", "status", `daemonset/${name}`, "--timeout=90s"];
  await kubectl(rollout, { timeoutMs: 100_000 });
  const lines = new Map<string, string>();
  const { stdout } = await kubectl(["get", "pods", "-l", `app=${name}`, "-o", "json"]);
  for (const { metadata, spec } of (JSON.parse(stdout) as { items: readonly Pod[] }).items) {
    const line = await until(`${metadata.name} prints`, PRINTED_TIMEOUT_MS, async () => {
      const { stdout: log } = await kubectl(["logs", metadata.name]);
      return log.includes("\n") ? log.split("\n")[0] : undefined;
    });
    lines.set(spec.nodeName, line);
  }
  return lines;
}

export type Container = {
  readonly name: string;
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
};

export type Pod = {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly nodeName: string;
    readonly containers: readonly Container[];
    readonly initContainers?: readonly Container[];
    readonly securityContext?: Readonly<Record<string, unknown>>;
    readonly automountServiceAccountToken?: boolean;
  };
};

export async function podsOf(
  { kubectl }: Pick<NodeCluster, "kubectl">,
  namespace: string,
  selector: string,
): Promise<readonly Pod[]> {
  const { stdout } = await kubectl(["get", "pods", "-n", namespace, "-l", selector, "-o", "json"]);
  return (JSON.parse(stdout) as { items: readonly Pod[] }).items;
}
