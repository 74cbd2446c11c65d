import type { BlobWriter } from "../blob-store.ts";
import type { Descriptor, Platform } from "../descriptor.ts";
import { type Digest, digestOf } from "../digest.ts";
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from "../media-types.ts";

const LAYER = "application/vnd.oci.image.layer.v1.tar";

export type TestImage = {
  readonly top: Descriptor;
  /** All of its blobs, the top last. */
  readonly blobs: ReadonlyMap<Digest, Buffer>;
};

/** An image of small layers, one for each text. */
export function anImage(
  layers: readonly string[],
  platform: Platform = { os: "linux", architecture: "amd64" },
): TestImage {
  const blobs = new Map<Digest, Buffer>();
  const diffIds = layers.map((text) => digestOf(Buffer.from(text)));
  const config = { ...platform, config: {}, rootfs: { type: "layers", diff_ids: diffIds } };
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: keep(blobs, OCI_CONFIG, JSON.stringify(config)),
    layers: layers.map((text) => keep(blobs, LAYER, text)),
  };
  const top = keep(blobs, OCI_MANIFEST, JSON.stringify(manifest));
  return { top: { ...top, platform }, blobs };
}

/** An index of images or of other indexes. */
export function anIndex(images: readonly TestImage[]): TestImage {
  const blobs = new Map(images.flatMap((image) => [...image.blobs]));
  const manifests = images.map((image) => image.top);
  const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests };
  return { top: keep(blobs, OCI_INDEX, JSON.stringify(index)), blobs };
}

export async function putImage(store: BlobWriter, { blobs }: TestImage): Promise<void> {
  for (const [digest, bytes] of blobs) await store.put(digest, bytes);
}

function keep(blobs: Map<Digest, Buffer>, mediaType: string, text: string): Descriptor {
  const bytes = Buffer.from(text);
  const digest = digestOf(bytes);
  blobs.set(digest, bytes);
  return { mediaType, digest, size: bytes.length };
}
