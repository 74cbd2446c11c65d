import { createRegistryClient, endpointMap, parseReference } from "../../../oci/index.ts";
import { createFakeClock, type LyingRegistry } from "../../../oci/testing/index.ts";
import type { ResolveDeps } from "../ask-with-logins.ts";
import { clusterAdvice, type ImageRequest } from "../resolve-image.ts";
import { aCluster } from "./a-cluster.ts";

export type Scope = { after(end: () => Promise<void>): void };

export type AResolverOptions = Partial<Pick<ResolveDeps, "largestImageBytes" | "timeoutMs">> & {
  /** How it is reached; plain http, allowed, when not given. */
  readonly url?: string;
};

/** What resolves images of `registry.test`, and the cluster whose secrets it reads. */
export function aResolver(
  scope: Scope,
  registry: Pick<LyingRegistry, "url">,
  { url, ...options }: AResolverOptions = {},
) {
  const endpoint = url === undefined ? { url: registry.url.href, insecure: true } : { url };
  const clock = createFakeClock();
  const registries = createRegistryClient({
    endpoints: endpointMap({ "registry.test": [endpoint] }),
    advice: clusterAdvice,
    clock,
    random: () => 0.5,
  });
  scope.after(() => registries.close());
  const cluster = aCluster();
  const { objects } = cluster;
  const limits = { largestImageBytes: 1_000_000, timeoutMs: 60_000 };
  const deps: ResolveDeps = { registries, objects, ...limits, ...options };
  return { cluster, deps, clock };
}

/** A request of the namespace `team` for `registry.test/demo/app:1`, for nodes of linux/amd64. */
export const aRequest = (request: Partial<ImageRequest> = {}): ImageRequest => ({
  namespace: "team",
  imagePullSecrets: [],
  serviceAccountName: undefined,
  reference: parseReference("registry.test/demo/app:1"),
  wanted: { of: "nodes", platforms: ["linux/amd64"] },
  ...request,
});
