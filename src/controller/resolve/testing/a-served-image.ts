import assert from "node:assert/strict";
import { inspect } from "node:util";
import {
  anImage,
  anIndex,
  pushImage,
  startLyingRegistry,
  type TestImage,
} from "../../../oci/testing/index.ts";
import type { Failure } from "../failure.ts";
import { type ImageRequest, resolveImage } from "../resolve-image.ts";
import { type AResolverOptions, aRequest, aResolver, type Scope } from "./a-resolver.ts";

const forever = new AbortController().signal;

export const amd64 = anImage(["one", "two"]);
export const arm64 = anImage(["one", "three"], { os: "linux", architecture: "arm64" });
export const armV7 = anImage(["four"], { os: "linux", architecture: "arm", variant: "v7" });
/** An index of the three. */
export const all = anIndex([amd64, arm64, armV7]);

/** A registry with an image under demo/app:1, and what resolves it. */
export async function served(test: Scope, image: TestImage = all, options?: AResolverOptions) {
  const registry = await startLyingRegistry(test);
  pushImage(registry, "demo/app", "1", image);
  const { cluster, deps } = aResolver(test, registry, options);
  const resolve = async (request: Partial<ImageRequest> = {}) =>
    await resolveImage(deps, aRequest(request), forever);
  return { registry, cluster, resolve };
}

export type Served = Awaited<ReturnType<typeof served>>;

export async function found({ resolve }: Served, request?: Partial<ImageRequest>) {
  const resolved = await resolve(request);
  assert.ok(resolved.state === "done", inspect(resolved));
  return resolved;
}

export async function failed({ resolve }: Served, request?: Partial<ImageRequest>) {
  const { state, ...failure } = await resolve(request);
  assert.equal(state, "failed");
  return failure as Failure;
}

export const nodes = (...platforms: string[]) => ({ wanted: { of: "nodes", platforms } }) as const;
export const spec = (...platforms: string[]) => ({ wanted: { of: "spec", platforms } }) as const;
