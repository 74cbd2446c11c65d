import type { ImageDistributionStatus } from "../../src/api/index.ts";
import type { NodeCluster } from "./cluster.ts";

const READY_TIMEOUT_S = 120;

/** Applies an ImageDistribution in the namespace `default`, as a user would. */
export async function distribute(
  { kubectl }: NodeCluster,
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
  { kubectl }: NodeCluster,
  name: string,
): Promise<Partial<ImageDistributionStatus>> {
  const { stdout } = await kubectl(["get", "imgdist", name, "-o", "json"]);
  return (JSON.parse(stdout) as { status?: ImageDistributionStatus }).status ?? {};
}

/** Waits as a user would; throws with what the cluster says of it when it does not come. */
export async function untilReady(cluster: NodeCluster, name: string): Promise<void> {
  const wait = [
    "wait",
    `imgdist/${name}`,
    "--for=condition=Ready",
    `--timeout=${READY_TIMEOUT_S}s`,
  ];
  const timeoutMs = (READY_TIMEOUT_S + 10) * 1000;
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

const agentLogs = ({ kubectl }: NodeCluster) =>
  Promise.all(
    ["agent", "runtime", "controller"].map((container) =>
      kubectl(
        [
          ...["logs", "-n", "oci-torrent", "-l", "app.kubernetes.io/name=oci-torrent"],
          ...["--all-containers", "--prefix", "--tail=40", `--container=${container}`],
        ].filter((word) => word !== "--all-containers"),
        { codes: "any" },
      ),
    ),
  );
