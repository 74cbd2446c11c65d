import { join } from "node:path";
import { TOP } from "../../tools/top.ts";
import type { Scope } from "../support/at-end.ts";
import { type Finished, type RunOptions, run } from "../support/processes.ts";
import { tempDir } from "../support/temp.ts";
import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from "./control-plane.ts";
import { controlPlaneProgram } from "./programs.ts";

/** Whoever makes it in a cluster allows the tests to use that cluster. */
export const CONSENT_NAMESPACE = "oci-torrent-e2e";

const CRDS = join(TOP, "crds");

export type Cluster = {
  readonly kubeconfig: string;
  /** Runs kubectl against this cluster as its administrator. */
  kubectl(args: readonly string[], options?: RunOptions): Promise<Finished>;
};

/** A cluster whose control plane is the test's own, to be killed and started again. */
export type OwnCluster = Cluster & { readonly controlPlane: ControlPlane };

/** A cluster with our custom resources: the one that KUBECONFIG names, else one of the test's own. */
export async function aCluster(scope: Scope): Promise<Cluster> {
  const given = process.env["KUBECONFIG"];
  if (given === undefined || given === "") return await anOwnCluster(scope);
  const cluster = clusterAt(scope, given);
  await refuseWithoutConsent(cluster);
  await install(cluster);
  return cluster;
}

/** A cluster with our custom resources, up in seconds and gone when the test or suite ends. */
export async function anOwnCluster(
  scope: Scope,
  options?: ControlPlaneOptions,
): Promise<OwnCluster> {
  const controlPlane = await startControlPlane(scope, options);
  const cluster = clusterAt(scope, controlPlane.kubeconfig);
  await Promise.all([
    install(cluster),
    // Without it no pod can be made there.
    cluster.kubectl(["wait", "--for=create", "serviceaccount/default", "--timeout=30s"]),
  ]);
  return { ...cluster, controlPlane };
}

function clusterAt(scope: Scope, kubeconfig: string): Cluster {
  const cache = tempDir(scope);
  const kubectl = (args: readonly string[], options: RunOptions = {}) =>
    run(controlPlaneProgram("kubectl"), args, {
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
