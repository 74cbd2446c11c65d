// Real OCI images in a layout on disk, made of files with bytes that follow from a seed and do not compress.
import { createCipheriv, createHash } from "node:crypto";
import { createWriteStream, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import tar from "tar-stream";

/** One file of random bytes. */
export type SeededLayer = {
  /** Layers of one seed and size are the same blob, in whatever image. */
  readonly seed: string;
  /** Of the file inside; the blob is a little larger. */
  readonly bytes: number;
  readonly gzip?: boolean;
};

/** Real files, for an image that can be run. */
export type FilesLayer = {
  readonly files: readonly FileSpec[];
  readonly gzip?: boolean;
};

/** Executable if `mode` says so; 0644 when it says nothing. */
export type FileSpec = { readonly name: string } & (
  | { readonly content: Uint8Array | string; readonly mode?: number }
  | { readonly linkTo: string }
);

export type LayerSpec = SeededLayer | FilesLayer;

export type ImageSpec = {
  readonly tag: string;
  readonly layers: readonly LayerSpec[];
  readonly architecture?: string;
  /** What it runs, in the words of the image configuration. */
  readonly run?: { readonly Entrypoint?: readonly string[]; readonly Env?: readonly string[] };
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

const CHUNK_BYTES = 1 << 20;

/** The same bytes, a chunk at a time: a large layer need not be held in memory. */
function* seededChunks(seed: string, bytes: number): Generator<Buffer> {
  const key = createHash("sha256").update(seed).digest().subarray(0, 16);
  const cipher = createCipheriv("aes-128-ctr", key, Buffer.alloc(16));
  const zeros = Buffer.alloc(Math.min(CHUNK_BYTES, bytes));
  for (let left = bytes; left > 0; left -= CHUNK_BYTES) {
    yield cipher.update(zeros.subarray(0, Math.min(left, CHUNK_BYTES)));
  }
}

function layerTar(layer: LayerSpec): AsyncIterable<Uint8Array> {
  return "seed" in layer ? seededTar(layer) : filesTar(layer);
}

function filesTar({ files }: FilesLayer): AsyncIterable<Uint8Array> {
  const pack = tar.pack();
  const mtime = new Date(0);
  for (const file of files) {
    const { name } = file;
    if ("linkTo" in file) pack.entry({ name, type: "symlink", linkname: file.linkTo, mtime });
    else pack.entry({ name, mode: file.mode ?? 0o644, mtime }, Buffer.from(file.content));
  }
  pack.finalize();
  return pack as AsyncIterable<Uint8Array>;
}

function seededTar({ seed, bytes }: SeededLayer): AsyncIterable<Uint8Array> {
  const pack = tar.pack();
  const entry = pack.entry({
    name: `layer-${seed}.bin`,
    mode: 0o644,
    mtime: new Date(0),
    size: bytes,
  });
  void pipeline(Readable.from(seededChunks(seed, bytes)), entry).then(
    () => pack.finalize(),
    (error: Error) => pack.destroy(error),
  );
  return pack as AsyncIterable<Uint8Array>;
}

/** Passes bytes on, and tells their digest when all have gone by. */
class HashTap {
  readonly #hash = createHash("sha256");
  bytes = 0;

  readonly through = (source: AsyncIterable<Uint8Array>) => this.#pass(source);

  async *#pass(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      this.#hash.update(chunk);
      this.bytes += chunk.length;
      yield chunk;
    }
  }

  digest(): string {
    return `sha256:${this.#hash.copy().digest("hex")}`;
  }
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

  async writeStream(
    mediaType: string,
    source: AsyncIterable<Uint8Array>,
    { gzip }: { gzip: boolean },
  ): Promise<BlobRecord> {
    const path = join(this.directory, "blobs/sha256/unfinished");
    const tap = new HashTap();
    const file = createWriteStream(path);
    if (gzip) await pipeline(source, createGzip({ level: 1 }), tap.through, file);
    else await pipeline(source, tap.through, file);
    renameSync(path, join(this.directory, "blobs", tap.digest().replace(":", "/")));
    return { mediaType, digest: tap.digest(), size: tap.bytes };
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
    const contents = new HashTap();
    const bytes = contents.through(layerTar(layer));
    const gzip = layer.gzip === true;
    const mediaType = `${OCI}.layer.v1.tar${gzip ? "+gzip" : ""}`;
    layers.push(await layout.writeStream(mediaType, bytes, { gzip }));
    diffIds.push(contents.digest());
  }
  const platform = { architecture: spec.architecture ?? "amd64", os: "linux" };
  const rootfs = { type: "layers", diff_ids: diffIds };
  const config = layout.writeJson(`${OCI}.config.v1+json`, {
    ...platform,
    config: spec.run ?? {},
    rootfs,
  });
  const mediaType = `${OCI}.manifest.v1+json`;
  const manifest = layout.writeJson(mediaType, { schemaVersion: 2, mediaType, config, layers });
  const annotations = { "org.opencontainers.image.ref.name": spec.tag };
  layout.finish([{ ...manifest, platform, annotations }]);
  return { layout: directory, tag: spec.tag, manifest, config, layers };
}
