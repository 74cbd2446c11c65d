import type { Scope } from "../e2e/support/at-end.ts";
import { type ImageRecord, type LayerSpec, makeImage } from "../e2e/support/images.ts";
import { run } from "../e2e/support/processes.ts";
import { program } from "../e2e/support/programs.ts";
import { startRegistry, type TestRegistry } from "../e2e/support/registry.ts";
import { tempDir } from "../e2e/support/temp.ts";
import { withScope } from "./scope.ts";

/** Programs that a registry with images needs, as `lacking` takes them. */
export const REGISTRY_NEEDS = ["busybox", "docker-registry", "setpriv", "skopeo"];

/** Starts a registry with these images, by name. What made them is gone from memory and from disk, but for the registry's own files. */
export async function registryWith(
  scope: Scope,
  images: Readonly<Record<string, readonly LayerSpec[]>>,
): Promise<{ readonly registry: TestRegistry; readonly images: readonly ImageRecord[] }> {
  const registry = await startRegistry(scope);
  const made: ImageRecord[] = [];
  for (const [name, layers] of Object.entries(images)) {
    made.push(
      await withScope(async (making) => {
        const image = await makeImage(tempDir(making), { tag: "latest", layers });
        await registry.push(image, name);
        return image;
      }),
    );
  }
  await settleDisk();
  registry.forgetRequests();
  return { registry, images: made };
}

const SYNC_TIMEOUT_MS = 300_000;

/** Until nothing waits to be written: else the next measurement pays for the one before. */
export async function settleDisk(): Promise<void> {
  await run(program("busybox"), ["sync"], { timeoutMs: SYNC_TIMEOUT_MS });
}

/** All bytes of an image that a registry gives to who has none of it. */
export const sizeOf = ({ manifest, config, layers }: ImageRecord): number =>
  [manifest, config, ...layers].reduce((sum, { size }) => sum + size, 0);

/** Bytes that a registry sent in answer to all requests for content. */
export const bytesSent = (registry: TestRegistry): number =>
  registry
    .requests()
    .filter(({ method, status }) => method === "GET" && status < 300)
    .reduce((sum, { bytes }) => sum + bytes, 0);
