// A cluster for the promise alone, which asks nothing of its nodes but through kubectl: one that KUBECONFIG names, or ours.
import { CONSENT_NAMESPACE, GIVEN } from "../../tools/given-cluster.ts";
import { aGivenCluster, type Cluster } from "../cluster/cluster.ts";
import type { Scope } from "../support/at-end.ts";
import { REGISTRY, SHELL_IMAGE, startNodeCluster } from "./cluster.ts";
import { prepareRelease } from "./release.ts";

export type PromiseCluster = Cluster & {
  /** Where its nodes find our image, as values for the chart. */
  readonly values: readonly string[];
  /** An image with a shell, which its nodes can have from a registry. */
  readonly app: string;
};

const APP = "busybox:1.37";

export async function aPromiseCluster(
  scope: Scope,
  env: Readonly<Record<string, string | undefined>>,
): Promise<PromiseCluster> {
  const kubeconfig = env[GIVEN.kubeconfig] ?? "";
  if (kubeconfig === "") return await ofOurOwn(scope);
  const [, repository, tag] = /^(.+):([^:/]+)$/.exec(env[GIVEN.image] ?? "") ?? [];
  if (repository === undefined || tag === undefined) {
    throw new Error(
      `could not install oci-torrent in the cluster of ${GIVEN.kubeconfig}: name the image that its nodes can have, as REPOSITORY:TAG in ${GIVEN.image}, or unset ${GIVEN.kubeconfig}`,
    );
  }
  const cluster = await aGivenCluster(scope, kubeconfig);
  const values = [`image.repository=${repository}`, `image.tag=${tag}`];
  return { ...cluster, values, app: env[GIVEN.app] ?? APP };
}

/** Reached as any other is, by its kubeconfig. */
async function ofOurOwn(scope: Scope): Promise<PromiseCluster> {
  const own = await startNodeCluster(scope);
  await prepareRelease(scope, own);
  await own.kubectl(["create", "namespace", CONSENT_NAMESPACE]);
  const given = await aGivenCluster(scope, own.kubeconfig);
  const values = [
    ...[`image.repository=${REGISTRY}/oci-torrent`, "image.tag=dev"],
    `registries.insecure={${REGISTRY}}`,
  ];
  return { ...given, values, app: SHELL_IMAGE };
}
