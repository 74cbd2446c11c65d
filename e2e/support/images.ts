// Real OCI images in a layout on disk, made of files with bytes that follow from a seed and do not compress.
import { createCipheriv, createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import tar from "tar-stream";

export type LayerSpec = {
  /** Layers of one seed and size are the same blob, in whatever image. */
  readonly seed: string;
  /** Of the file inside; the blob is a little larger. */
  readonly bytes: number;
  readonly gzip?: boolean;
};

export type ImageSpec = {
  readonly tag: string;
  readonly layers: readonly LayerSpec[];
  readonly architecture?: string;
};

export type BlobRecord = {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
};

export type ImageRecord = {
  readonly layout: string;
  readonly tag: string;
  readonly manifest: BlobRecord;
  readonly config: BlobRecord;
  readonly layers: readonly BlobRecord[];
};

/** Bytes that look random and follow from the seed: a cipher's key stream, which costs little. */
export function seededBytes(seed: string, bytes: number): Buffer {
  const key = createHash("sha256").update(seed).digest().subarray(0, 16);
  return createCipheriv("aes-128-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(bytes));
}

export const sha256 = (bytes: Uint8Array) =>
  `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

async function layerTar({ seed, bytes }: LayerSpec): Promise<Buffer> {
  const pack = tar.pack();
  pack.entry(
    { name: `layer-${seed}.bin`, mode: 0o644, mtime: new Date(0) },
    seededBytes(seed, bytes),
  );
  pack.finalize();
  return await buffer(pack);
}

const OCI = "application/vnd.oci.image";

class Layout {
  readonly directory: string;
  constructor(directory: string) {
    this.directory = directory;
    mkdirSync(join(directory, "blobs/sha256"), { recursive: true });
  }

  write(mediaType: string, bytes: Uint8Array): BlobRecord {
    const digest = sha256(bytes);
    writeFileSync(join(this.directory, "blobs", digest.replace(":", "/")), bytes);
    return { mediaType, digest, size: bytes.length };
  }

  writeJson(mediaType: string, value: unknown): BlobRecord {
    return this.write(mediaType, Buffer.from(JSON.stringify(value)));
  }

  finish(manifests: readonly object[]): void {
    const version = { imageLayoutVersion: "1.0.0" };
    writeFileSync(join(this.directory, "oci-layout"), JSON.stringify(version));
    const index = { schemaVersion: 2, mediaType: `${OCI}.index.v1+json`, manifests };
    writeFileSync(join(this.directory, "index.json"), JSON.stringify(index));
  }
}

/** Makes an OCI layout with one image in `directory`. The same spec gives the same bytes. */
export async function makeImage(directory: string, spec: ImageSpec): Promise<ImageRecord> {
  const layout = new Layout(directory);
  const layers: BlobRecord[] = [];
  const diffIds: string[] = [];
  for (const layer of spec.layers) {
    const bytes = await layerTar(layer);
    diffIds.push(sha256(bytes));
    layers.push(
      layer.gzip === true
        ? layout.write(`${OCI}.layer.v1.tar+gzip`, gzipSync(bytes, { level: 1 }))
        : layout.write(`${OCI}.layer.v1.tar`, bytes),
    );
  }
  const platform = { architecture: spec.architecture ?? "amd64", os: "linux" };
  const rootfs = { type: "layers", diff_ids: diffIds };
  const config = layout.writeJson(`${OCI}.config.v1+json`, { ...platform, config: {}, rootfs });
  const mediaType = `${OCI}.manifest.v1+json`;
  const manifest = layout.writeJson(mediaType, { schemaVersion: 2, mediaType, config, layers });
  const annotations = { "org.opencontainers.image.ref.name": spec.tag };
  layout.finish([{ ...manifest, platform, annotations }]);
  return { layout: directory, tag: spec.tag, manifest, config, layers };
}
