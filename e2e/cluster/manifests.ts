import { join } from "node:path";
import { TOP } from "../../tools/top.ts";
import type { Cluster } from "./cluster.ts";

/** Where the manifests put what runs. */
export const NAMESPACE = "oci-torrent";

export const CONTROLLER = "oci-torrent-controller";
export const AGENT = "oci-torrent-agent";

/** The name by which the API server knows a service account. */
export const userOf = (serviceAccount: string, namespace = NAMESPACE) =>
  `system:serviceaccount:${namespace}:${serviceAccount}`;

/** Applies what is in deploy/manifests, as a person would. */
export async function applyManifests({ kubectl }: Cluster): Promise<void> {
  await kubectl(["apply", "-n", NAMESPACE, "-f", join(TOP, "deploy/manifests")]);
}
