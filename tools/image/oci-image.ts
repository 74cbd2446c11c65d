import {
  createMemoryBlobStore,
  type Descriptor,
  digestOf,
  exportLayout,
  OCI_CONFIG,
  OCI_MANIFEST,
} from "../../src/oci/index.ts";
import { packageVersion } from "../build.ts";
import { DEFAULT_USER } from "./base-files.ts";
import type { Layer } from "./layer.ts";

const LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";

const labels = (): Readonly<Record<string, string>> => ({
  "org.opencontainers.image.title": "oci-torrent",
  "org.opencontainers.image.description":
    "Distributes container images between machines with BitTorrent",
  "org.opencontainers.image.version": packageVersion(),
  "org.opencontainers.image.licenses": "Apache-2.0",
});

/** How containers start (OCI image spec, config.md); deploy/image/Dockerfile says the same. */
const imageConfig = (layers: readonly Layer[], createdAt: Date) => ({
  created: createdAt.toISOString().replace(/\.\d+/, ""),
  architecture: "amd64",
  os: "linux",
  config: {
    User: `${DEFAULT_USER}:${DEFAULT_USER}`,
    // glibc gives each of Node's threads a heap of its own, and none gets back what another has freed.
    Env: ["PATH=/usr/bin", "MALLOC_ARENA_MAX=2"],
    Cmd: ["oci-torrent-ctr", "--help"],
    WorkingDir: "/",
    Labels: labels(),
  },
  rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
});

const descriptor = (mediaType: string, bytes: Uint8Array): Descriptor => ({
  mediaType,
  digest: digestOf(bytes),
  size: bytes.length,
});

/** Writes an image of these layers as an OCI image layout into `directory`, which is not there yet; returns the image's manifest. */
export async function writeImage(
  directory: string,
  layers: readonly Layer[],
  { name, createdAt }: { readonly name: string; readonly createdAt: Date },
): Promise<Descriptor> {
  const config = Buffer.from(JSON.stringify(imageConfig(layers, createdAt)));
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: descriptor(OCI_CONFIG, config),
      layers: layers.map(({ bytes }) => descriptor(LAYER, bytes)),
    }),
  );
  const blobs = createMemoryBlobStore();
  for (const bytes of [config, manifest, ...layers.map((layer) => layer.bytes)]) {
    await blobs.put(digestOf(bytes), bytes);
  }
  const image = descriptor(OCI_MANIFEST, manifest);
  const { signal } = new AbortController();
  await exportLayout(directory, { blobs, descriptor: image, name, signal });
  return image;
}
