import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Scope } from "./at-end.ts";
import { type BlobRecord, type ImageRecord, type LayerSpec, makeImage, sha256 } from "./images.ts";
import { tempDir } from "./temp.ts";

export type IndexRecord = {
  readonly layout: string;
  readonly tag: string;
  readonly index: BlobRecord;
  /** By architecture. */
  readonly images: Readonly<Record<string, ImageRecord>>;
};

const MEDIA_TYPE = "application/vnd.oci.image.index.v1+json";

/** Makes an OCI layout with an image for each architecture of linux, behind one index with this tag. */
export async function makeIndex(
  scope: Scope,
  tag: string,
  platforms: Readonly<Record<string, readonly LayerSpec[]>>,
): Promise<IndexRecord> {
  const layout = tempDir(scope);
  mkdirSync(join(layout, "blobs/sha256"), { recursive: true });
  const images: Record<string, ImageRecord> = {};
  for (const [architecture, layers] of Object.entries(platforms)) {
    const image = await makeImage(tempDir(scope), { tag, layers, architecture });
    cpSync(join(image.layout, "blobs"), join(layout, "blobs"), { recursive: true });
    images[architecture] = image;
  }
  const manifests = Object.entries(images).map(([architecture, { manifest }]) => ({
    ...manifest,
    platform: { architecture, os: "linux" },
  }));
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPE, manifests }));
  const index = { mediaType: MEDIA_TYPE, digest: sha256(bytes), size: bytes.length };
  writeFileSync(join(layout, "blobs", index.digest.replace(":", "/")), bytes);
  writeFileSync(join(layout, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  const named = { ...index, annotations: { "org.opencontainers.image.ref.name": tag } };
  const top = { schemaVersion: 2, mediaType: MEDIA_TYPE, manifests: [named] };
  writeFileSync(join(layout, "index.json"), JSON.stringify(top));
  return { layout, tag, index, images };
}
