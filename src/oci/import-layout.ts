import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import type { Descriptor } from "./descriptor.ts";
import { type Digest, hexOf } from "./digest.ts";
import { codeOf, isAbsence } from "./durable-file.ts";
import {
  chooseImage,
  type ImportedImage,
  type ImportOptions,
  importCounter,
  importedImage,
  unreadable,
} from "./imported-image.ts";
import { LARGEST_DOCUMENT_BYTES } from "./json.ts";
import type { LayoutEntry } from "./layout-index.ts";
import { childrenOf, DEEPEST_INDEX, parseDescribed } from "./manifest.ts";
import { isIndexType, isManifestType } from "./media-types.ts";
import { ingestBlob } from "./verified-copy.ts";

const CHUNK_BYTES = 256 * 1024;

type Where = { readonly directory: string; readonly where: string };

type Import = Where & {
  readonly options: ImportOptions;
  readonly count: (bytes: number) => void;
  readonly seen: Set<Digest>;
};

/**
 * Takes an image from an OCI image layout into the store, every blob checked. Of an index it takes the platforms that
 * are there. Throws ARCHIVE_INVALID, BLOB_CORRUPT, MANIFEST_INVALID, DISK_FULL or STORE_WRITE.
 */
export async function importLayout(
  directory: string,
  options: ImportOptions,
): Promise<ImportedImage> {
  const where = whereOf(directory);
  const count = importCounter(where, options.limits);
  const layout: Import = { directory, where, options, count, seen: new Set() };
  const entry = await imageInLayout(directory, options.name);
  await takeTree(layout, entry.descriptor, 0);
  return await importedImage(entry, options, where);
}

/** The image that `importLayout` would take, of which nothing is taken. Throws ARCHIVE_INVALID or MANIFEST_INVALID. */
export async function imageInLayout(
  directory: string,
  name: string | undefined,
): Promise<LayoutEntry> {
  const layout = { directory, where: whereOf(directory) };
  const mark = await readSmall(layout, "oci-layout");
  return chooseImage(mark, await readSmall(layout, "index.json"), name, layout.where);
}

const whereOf = (directory: string) => `the layout ${directory}`;

async function takeTree(layout: Import, descriptor: Descriptor, indexesAbove: number) {
  const { seen, options } = layout;
  if (seen.has(descriptor.digest)) return;
  seen.add(descriptor.digest);
  await takeBlob(layout, descriptor);
  const isIndex = isIndexType(descriptor.mediaType);
  if (!isIndex && !isManifestType(descriptor.mediaType)) return;
  // An index too deep down is refused when the image is put together; here it only ends the descent.
  if (indexesAbove > DEEPEST_INDEX || !(await options.blobs.stat(descriptor.digest))) return;
  const bytes = await options.blobs.read(descriptor.digest, LARGEST_DOCUMENT_BYTES);
  for (const child of childrenOf(parseDescribed(bytes, descriptor))) {
    await takeTree(layout, child, indexesAbove + 1);
  }
}

/** A blob that the layout lacks may be in the store, or of a platform that was left out. */
async function takeBlob(layout: Import, { digest, size }: Descriptor): Promise<void> {
  const handle = await openRegular(layout, join("blobs", "sha256", hexOf(digest)));
  if (handle === undefined) return;
  try {
    layout.count(size);
    const body = handle.createReadStream({ highWaterMark: CHUNK_BYTES, autoClose: false });
    const source = readable(body, layout.where);
    await ingestBlob(layout.options.blobs, source, { digest, size }, layout.options);
  } finally {
    await handle.close();
  }
}

async function* readable(
  body: AsyncIterable<Uint8Array>,
  where: string,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (cause) {
    throw unreadable(where, (cause as Error).message, cause);
  }
}

async function readSmall(layout: Where, name: string): Promise<Buffer | undefined> {
  const handle = await openRegular(layout, name);
  if (handle === undefined) return undefined;
  try {
    const { size } = await handle.stat();
    if (size > LARGEST_DOCUMENT_BYTES) {
      throw unreadable(
        layout.where,
        `${name} has ${size} bytes, more than ${LARGEST_DOCUMENT_BYTES}`,
      );
    }
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** Opens a file of the layout; a link that would lead out of it, or a pipe that would never end, is refused. */
async function openRegular(layout: Where, name: string): Promise<FileHandle | undefined> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(join(layout.directory, name), flags).catch((error: Error) => {
    if (isAbsence(error)) return undefined;
    if (codeOf(error) === "ELOOP") throw unreadable(layout.where, `${name} is a symbolic link`);
    throw unreadable(layout.where, error.message, error);
  });
  if (handle === undefined || (await handle.stat()).isFile()) return handle;
  await handle.close();
  throw unreadable(layout.where, `${name} is not a file`);
}
