import { createHash } from "node:crypto";
import type { Descriptor } from "../descriptor.ts";
import { digestOf } from "../digest.ts";
import { OCI_CONFIG, OCI_MANIFEST } from "../media-types.ts";
import { createRegistry, type Registry, type RegistryOptions } from "../registry.ts";
import { type EndpointConfig, endpointMap } from "../registry-endpoints.ts";
import type { RegistryLimits } from "../registry-limits.ts";
import { createFakeClock } from "./fake-clock.ts";
import type { LyingRegistry } from "./lying-registry.ts";
import type { ServedImage } from "./registry-contract.ts";
import type { Scope } from "./test-server.ts";

const LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar";

/** Bytes that look random and are the same in every run. */
export const someBytes = (length: number, seed: string): Buffer =>
  createHash("shake256", { outputLength: length }).update(seed).digest();

export const descriptorOf = (bytes: Uint8Array, mediaType = LAYER_TYPE): Descriptor => ({
  mediaType,
  digest: digestOf(bytes),
  size: bytes.length,
});

export const imageLayer = someBytes(200_000, "layer");
const imageConfig = Buffer.from('{"architecture":"amd64","os":"linux"}');
const imageManifest = JSON.stringify({
  schemaVersion: 2,
  mediaType: OCI_MANIFEST,
  config: descriptorOf(imageConfig, OCI_CONFIG),
  layers: [descriptorOf(imageLayer)],
});

/** Puts `demo/app:1` into a registry of our own. */
export function addImage(registry: LyingRegistry): Omit<ServedImage, "registry"> {
  registry.addBlob(imageConfig);
  registry.addBlob(imageLayer);
  const digest = registry.addManifest("demo/app", "1", OCI_MANIFEST, imageManifest);
  return {
    repository: "demo/app",
    tag: "1",
    manifest: { digest, mediaType: OCI_MANIFEST, size: imageManifest.length },
    config: { descriptor: descriptorOf(imageConfig, OCI_CONFIG), bytes: imageConfig },
    layer: descriptorOf(imageLayer),
  };
}

/** For servers that fall silent: the others answer within the usual times, however busy the machine is. */
export const shortTimes = {
  headersMs: 150,
  idleBodyMs: 150,
  tries: 2,
} as const satisfies Partial<RegistryLimits>;

export type ClientOptions = Omit<RegistryOptions, "endpoints"> & {
  /** How `registry.test` is reached; plain http at the server unless said otherwise. */
  readonly endpoints?: readonly EndpointConfig[];
};

/** A client of the registry host `registry.test`, with a clock that never waits. */
export function clientOf(
  scope: Scope,
  server: { readonly url: URL },
  { endpoints, ...options }: ClientOptions = {},
): Registry {
  const entries = endpoints ?? [{ url: server.url.href, insecure: true }];
  const registry = createRegistry("registry.test", {
    clock: createFakeClock(),
    random: () => 0.5,
    ...options,
    endpoints: endpointMap({ "registry.test": entries }),
  });
  scope.after(() => registry.close());
  return registry;
}
