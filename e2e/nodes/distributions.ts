import type { ImageDistributionStatus } from "../../src/api/index.ts";
import type { NodeCluster } from "./cluster.ts";

const READY_TIMEOUT_S = 120;

type Reached = Pick<NodeCluster, "kubectl">;

/** Applies an ImageDistribution in the namespace that kubectl stands for, as a user would. */
export async function distribute(
  { kubectl }: Reached,
  name: string,
  spec: Readonly<Record<string, unknown>> & { readonly image: string },
): Promise<void> {
  const distribution = {
    apiVersion: "oci-torrent.io/v1alpha1",
    kind: "ImageDistribution",
    metadata: { name },
    spec,
  };
  await kubectl(["apply", "-f", "-"], { input: JSON.stringify(distribution) });
}

export async function distributionStatus(
  { kubectl }: Reached,
  name: string,
): Promise<Partial<ImageDistributionStatus>> {
  const { stdout } = await kubectl(["get", "imgdist", name, "-o", "json"]);
  return (JSON.parse(stdout) as { status?: ImageDistributionStatus }).status ?? {};
}

/** Waits as a user would; throws with what the cluster says of it when it does not come. */
export async function untilReady(
  cluster: Reached,
  name: string,
  timeoutS = READY_TIMEOUT_S,
): Promise<void> {
  const wait = ["wait", `imgdist/${name}`, "--for=condition=Ready", `--timeout=${timeoutS}s`];
  const timeoutMs = (timeoutS + 10) * 1000;
  const { code, stderr } = await cluster.kubectl(wait, { codes: "any", timeoutMs });
  if (code === 0) return;
  const told = [
    await cluster.kubectl(["get", "imgdist", name, "-o", "yaml"], { codes: "any" }),
    await cluster.kubectl(["get", "nis", "-o", "yaml"], { codes: "any" }),
    await cluster.kubectl(["get", "pods", "-A", "-o", "wide"], { codes: "any" }),
    await cluster.kubectl(["get", "events", "-A"], { codes: "any" }),
    ...(await agentLogs(cluster)),
  ];
  throw new Error([stderr, ...told.map(({ stdout }) => stdout)].join("\n"));
}

const agentLogs = ({ kubectl }: Reached) =>
  Promise.all(
    [
      ["agent", "agent"],
      ["agent", "runtime"],
      ["controller", "controller"],
    ].map(([component, container]) => {
      const pods = ["-n", "oci-torrent", "-l", `app.kubernetes.io/component=${component}`];
      const which = [...pods, "-c", `${container}`];
      return kubectl(["logs", ...which, "--prefix", "--tail=40"], { codes: "any" });
    }),
  );

/** Of configurations and layers, that the registry has given of a repository since its requests were last forgotten. */
export const registryBytes = ({ registry }: NodeCluster, repository: string): number =>
  registry
    .requests()
    .filter(({ method, path }) => method === "GET" && path.startsWith(`/v2/${repository}/blobs/`))
    .reduce((sum, { bytes }) => sum + bytes, 0);
