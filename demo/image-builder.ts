import { createHash } from "node:crypto";
import { mkdir, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  createBlobStore,
  type Descriptor,
  digestFromHex,
  digestOf,
  type FileBlobStore,
  hostPlatform,
  OCI_CONFIG,
  OCI_MANIFEST,
} from "../src/oci/index.ts";
import type { LayerFiles } from "./image-files.ts";
import { type TarFile, tarOf } from "./tar.ts";

const LAYER = "application/vnd.oci.image.layer.v1.tar";

export type BuiltLayer = { readonly name: string; readonly descriptor: Descriptor };

export type BuiltImage = {
  readonly tag: string;
  readonly manifest: Descriptor;
  readonly config: Descriptor;
  readonly layers: readonly BuiltLayer[];
};

/** An OCI image layout (OCI image spec, image-layout.md) that is being filled. */
export interface ImageBuilder {
  readonly directory: string;
  readonly blobs: FileBlobStore;
  /** Makes an image of these layers, lowest first, and lists it. A layer that an earlier image has is not made again. */
  build(tag: string, layers: readonly LayerFiles[]): Promise<BuiltImage>;
}

export async function createImageBuilder(directory: string): Promise<ImageBuilder> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  const blobs = await createBlobStore(directory);
  const made = new Map<LayerFiles, BuiltLayer>();
  const images: BuiltImage[] = [];

  async function layer(wanted: LayerFiles): Promise<BuiltLayer> {
    const known = made.get(wanted);
    if (known !== undefined) return known;
    const built = {
      name: wanted.name,
      descriptor: await writeLayer(directory, blobs, wanted.files),
    };
    made.set(wanted, built);
    return built;
  }

  return {
    directory,
    blobs,
    async build(tag, wanted) {
      const layers: BuiltLayer[] = [];
      for (const files of wanted) layers.push(await layer(files));
      const image = { tag, layers, ...(await writeDocuments(blobs, layers)) };
      images.push(image);
      await writeFile(join(directory, "index.json"), indexOf(images));
      return image;
    },
  };
}

/** Plain tar: the digest of the blob is that of its content too. */
async function writeLayer(
  directory: string,
  blobs: FileBlobStore,
  files: readonly TarFile[],
): Promise<Descriptor> {
  const path = join(directory, "layer.tar");
  const hash = createHash("sha256");
  let size = 0;
  await using file = await open(path, "w");
  for await (const chunk of tarOf(files)) {
    hash.update(chunk);
    size += chunk.length;
    await file.writeFile(chunk);
  }
  const digest = digestFromHex(hash.digest("hex"));
  await blobs.adopt(path, digest);
  return { mediaType: LAYER, digest, size };
}

async function writeDocuments(blobs: FileBlobStore, layers: readonly BuiltLayer[]) {
  const { os, architecture } = hostPlatform();
  const config = await writeJson(blobs, OCI_CONFIG, {
    created: new Date(0).toISOString(),
    os,
    architecture,
    config: { Entrypoint: ["/usr/bin/node"], WorkingDir: "/app" },
    rootfs: { type: "layers", diff_ids: layers.map(({ descriptor }) => descriptor.digest) },
  });
  const manifest = await writeJson(blobs, OCI_MANIFEST, {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config,
    layers: layers.map(({ descriptor }) => descriptor),
  });
  return { config, manifest };
}

async function writeJson(
  blobs: FileBlobStore,
  mediaType: string,
  value: object,
): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify(value));
  const digest = digestOf(bytes);
  await blobs.put(digest, bytes);
  return { mediaType, digest, size: bytes.length };
}

function indexOf(images: readonly BuiltImage[]): string {
  const manifests = images.map(({ tag, manifest }) => ({
    ...manifest,
    annotations: { "org.opencontainers.image.ref.name": tag },
  }));
  return JSON.stringify({ schemaVersion: 2, manifests });
}
