import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { CONSENT_NAMESPACE } from "../../tools/given-cluster.ts";
import { TOP } from "../../tools/top.ts";
import { atEnd, type Scope } from "../support/at-end.ts";
import { type Finished, type RunOptions, run } from "../support/processes.ts";
import { tempDir } from "../support/temp.ts";
import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from "./control-plane.ts";
import { controlPlaneProgram } from "./programs.ts";

const CRDS = join(TOP, "crds");

export type Cluster = {
  readonly kubeconfig: string;
  /** Runs kubectl as the cluster's administrator, in a namespace that is the test's own unless the arguments name another. */
  kubectl(args: readonly string[], options?: RunOptions): Promise<Finished>;
};

/** A cluster whose control plane is the test's own, to be killed and started again. */
export type OwnCluster = Cluster & { readonly controlPlane: ControlPlane };

/** A cluster with our custom resources: the one that the kubeconfig `given` leads to, else one of the test's own. */
export async function aCluster(
  scope: Scope,
  given = process.env["KUBECONFIG"] ?? "",
): Promise<Cluster> {
  if (given === "") return await anOwnCluster(scope);
  const cluster = await aGivenCluster(scope, given);
  await install(cluster);
  return cluster;
}

/** Another's cluster as it is, once it has said that tests may use it. */
export async function aGivenCluster(scope: Scope, kubeconfig: string): Promise<Cluster> {
  const namespace = `${CONSENT_NAMESPACE}-${randomBytes(4).toString("hex")}`;
  const cluster = clusterAt(scope, kubeconfig, namespace);
  await refuseWithoutConsent(cluster);
  await cluster.kubectl(["create", "namespace", namespace]);
  atEnd(scope, async () => void (await cluster.kubectl(["delete", "namespace", namespace])));
  return cluster;
}

/** A cluster with our custom resources, up in seconds and gone when the test or suite ends. */
export const anOwnCluster = (
  scope: Scope,
  options: Omit<ControlPlaneOptions, "prepare"> = {},
): Promise<OwnCluster> =>
  anEmptyCluster(scope, {
    ...options,
    prepare: (kubeconfig) => install(clusterAt(scope, kubeconfig)),
  });

/** The same without our custom resources. */
export async function anEmptyCluster(
  scope: Scope,
  options: ControlPlaneOptions = {},
): Promise<OwnCluster> {
  const controlPlane = await startControlPlane(scope, options);
  const cluster = clusterAt(scope, controlPlane.kubeconfig);
  // Without it no pod can be made there.
  await cluster.kubectl(["wait", "--for=create", "serviceaccount/default", "--timeout=30s"]);
  return { ...cluster, controlPlane };
}

function clusterAt(scope: Scope, kubeconfig: string, namespace = "default"): Cluster {
  const cache = tempDir(scope);
  const kubectl = (args: readonly string[], options: RunOptions = {}) =>
    run(controlPlaneProgram("kubectl"), [`--namespace=${namespace}`, ...args], {
      ...options,
      env: { ...options.env, KUBECONFIG: kubeconfig, KUBECACHEDIR: cache },
    });
  return { kubeconfig, kubectl };
}

/** People have KUBECONFIG set to clusters that they need for something else. */
async function refuseWithoutConsent({ kubectl, kubeconfig }: Cluster): Promise<void> {
  const { code, stderr } = await kubectl(["get", "namespace", CONSENT_NAMESPACE], { codes: "any" });
  if (code === 0) return;
  throw new Error(
    `the cluster of KUBECONFIG=${kubeconfig} has no namespace ${CONSENT_NAMESPACE}: make it to let tests use that cluster, or unset KUBECONFIG to give them one of their own (${stderr.trim()})`,
  );
}

async function install({ kubectl }: Cluster): Promise<void> {
  await kubectl(["apply", "-f", CRDS]);
  await kubectl(["wait", "--for=condition=Established", "--timeout=30s", "-f", CRDS]);
}
