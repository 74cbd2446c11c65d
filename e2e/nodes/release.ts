// oci-torrent in a cluster as users have it: our image in a registry, our chart installed with helm.
import { join } from "node:path";
import { TOP } from "../../tools/top.ts";
import type { Scope } from "../support/at-end.ts";
import { goProgram } from "../support/go-programs.ts";
import { type Finished, type RunOptions, run } from "../support/processes.ts";
import { nodeProgram, program } from "../support/programs.ts";
import { tempDir } from "../support/temp.ts";
import { type NodeCluster, REGISTRY } from "./cluster.ts";

const MAKE_TIMEOUT_MS = 180_000;
const HELM_TIMEOUT_MS = 150_000;

const CHART = join(TOP, "deploy/chart/oci-torrent");
export const NAMESPACE = "oci-torrent";
const RELEASE = "oci-torrent";

export type Release = {
  /** Of our image, in the cluster's registry. */
  readonly digest: string;
  readonly helm: Helm;
  /** helm's words for this release, this chart and the values that make it find our image: for install and upgrade. */
  readonly arguments: readonly string[];
};

/** Makes our image, in the directory `image` of the one that it resolves with. */
export async function makeOurImage(scope: Scope): Promise<string> {
  const made = tempDir(scope);
  const make = [join(TOP, "tools/run.mjs"), "tools/image.ts", "--to", made];
  await run(nodeProgram, make, { cwd: TOP, timeoutMs: MAKE_TIMEOUT_MS });
  return made;
}

/** skopeo, for the cluster's registry, which speaks plain HTTP. */
export const skopeoCopy = (
  { theSwitch }: NodeCluster,
  from: string,
  to: string,
  ...flags: string[]
) =>
  run(
    program("skopeo"),
    [
      ...["--insecure-policy", "copy", "--dest-tls-verify=false", ...flags],
      // Only nodes and pods know the registry's name.
      ...[from, to.replace(/registry\.test/, theSwitch.address)],
    ],
    { on: theSwitch },
  );

/** Pushes it as oci-torrent:dev. */
async function pushOurImage(scope: Scope, cluster: NodeCluster): Promise<string> {
  const made = await makeOurImage(scope);
  const digestFile = join(made, "digest");
  const to = `docker://${REGISTRY}/oci-torrent:dev`;
  const keep = ["--preserve-digests", "--digestfile", digestFile];
  await skopeoCopy(cluster, `oci:${made}/image:dev`, to, ...keep);
  return (await run(program("busybox"), ["cat", digestFile])).stdout.trim();
}

type Helm = (args: readonly string[], options?: RunOptions) => Promise<Finished>;

/** helm, with directories of its own. */
export function helmFor(scope: Scope, cluster: Pick<NodeCluster, "kubeconfig">): Helm {
  const home = tempDir(scope);
  const env = {
    KUBECONFIG: cluster.kubeconfig,
    HELM_CACHE_HOME: join(home, "cache"),
    HELM_CONFIG_HOME: join(home, "config"),
    HELM_DATA_HOME: join(home, "data"),
  };
  return (args, options = {}) =>
    run(goProgram("helm"), args, { timeoutMs: HELM_TIMEOUT_MS, ...options, env });
}

/** Prepares what `helm install` needs. */
export async function prepareRelease(scope: Scope, cluster: NodeCluster): Promise<Release> {
  const digest = await pushOurImage(scope, cluster);
  cluster.registry.forgetRequests();
  return {
    digest,
    helm: helmFor(scope, cluster),
    arguments: [
      ...[RELEASE, CHART, "--namespace", NAMESPACE],
      ...["--set", `image.repository=${REGISTRY}/oci-torrent`, "--set", "image.tag=dev"],
      // Which speaks plain HTTP.
      ...["--set", `registries.insecure={${REGISTRY}}`],
    ],
  };
}

/** Installs the chart, and waits until all of it is ready. */
export async function install(release: Release, ...flags: readonly string[]): Promise<void> {
  const wait = ["--create-namespace", "--wait", "--timeout=120s"];
  await release.helm(["install", ...release.arguments, ...wait, ...flags]);
}
