import { join } from "node:path";
import type { Writable } from "node:stream";
import type { BlobReader } from "./blob-store.ts";
import type { Descriptor } from "./descriptor.ts";
import { hexOf } from "./digest.ts";
import { renameDurably, writeFailure } from "./durable-file.ts";
import { OciError } from "./errors.ts";
import { imageClosure } from "./image-closure.ts";
import { blobsOf, makeLayout, readEntries, writeIndex } from "./layout-files.ts";
import { LAYOUT_MARK, renderLayoutIndex } from "./layout-index.ts";
import { type TarFile, writeTar } from "./tar.ts";
import { type CopyOptions, verifying, withVerifiedFile } from "./verified-copy.ts";

export type ExportOptions = CopyOptions & {
  readonly blobs: BlobReader;
  /** What a tag names: an index or a manifest. */
  readonly descriptor: Descriptor;
  /** What to call the image there: org.opencontainers.image.ref.name. */
  readonly name?: string | undefined;
};

/**
 * Writes an image, with the platforms of it that the store holds, into an OCI image layout; in one that is there
 * already it stands beside the others. Throws BLOB_MISSING, BLOB_CORRUPT, DISK_FULL or STORE_WRITE.
 */
export async function exportLayout(directory: string, options: ExportOptions): Promise<void> {
  const { blobs, name } = options;
  const content = await contentOf(options);
  const others = (await readEntries(directory)).filter((entry) =>
    name === undefined
      ? entry.descriptor.digest !== options.descriptor.digest || entry.name !== undefined
      : entry.name !== name,
  );
  await makeLayout(directory).catch((cause: unknown) => {
    throw writeFailure(`write the layout ${directory}`, cause);
  });
  for (const blob of content) {
    const target = join(blobsOf(directory), hexOf(blob.digest));
    const source = await blobs.open(blob.digest);
    await withVerifiedFile(blobsOf(directory), source, blob, options, (file) =>
      renameDurably(file, target),
    );
  }
  await writeIndex(directory, [...others, entryOf(options)]);
}

/** Writes the same as a tar, an oci-archive, and ends the sink. The same image always makes the same bytes. */
export async function exportArchive(sink: Writable, options: ExportOptions): Promise<void> {
  const content = await contentOf(options);
  await writeTar(filesOf(content, options), sink, options.signal);
}

function* filesOf(content: readonly Descriptor[], options: ExportOptions): Generator<TarFile> {
  yield textFile("oci-layout", LAYOUT_MARK);
  yield textFile("index.json", renderLayoutIndex([entryOf(options)]));
  for (const blob of content) {
    const name = `blobs/sha256/${hexOf(blob.digest)}`;
    yield { name, size: blob.size, body: verifying(opened(blob, options), blob, options) };
  }
}

/** Opened when its turn has come, so that no more than one file is open. */
async function* opened({ digest }: Descriptor, { blobs }: ExportOptions) {
  yield* (await blobs.open(digest)) as AsyncIterable<Uint8Array>;
}

function textFile(name: string, text: string): TarFile {
  const bytes = Buffer.from(text);
  async function* body() {
    yield bytes;
  }
  return { name, size: bytes.length, body: body() };
}

const entryOf = ({ descriptor, name }: ExportOptions) =>
  name === undefined ? { descriptor } : { descriptor, name };

async function contentOf({ blobs, descriptor }: ExportOptions): Promise<readonly Descriptor[]> {
  const { present, absent, complete } = await imageClosure(blobs, descriptor);
  if (complete.length > 0) return present;
  const lacking = absent[0]?.digest ?? descriptor.digest;
  throw new OciError("BLOB_MISSING", `could not export the image: the store lacks ${lacking}`);
}
