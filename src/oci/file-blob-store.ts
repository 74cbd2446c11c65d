import { createHash } from "node:crypto";
import { type FileHandle, mkdir, open, opendir, rename, rm, stat, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { blobMissing, checkBytes, checkRange, checkSmall } from "./blob-failure.ts";
import type { BlobInfo, ByteRange, FileBlobStore, StoredBlob } from "./blob-store.ts";
import { type Digest, digestFromHex, hexOf } from "./digest.ts";
import {
  codeOf,
  copyDurably,
  isAbsence,
  removeTemporaries,
  renameDurably,
  syncPath,
  writeDurably,
  writeFailure,
} from "./durable-file.ts";

const CHUNK_BYTES = 256 * 1024;
const BLOB_NAME = /^[0-9a-f]{64}$/;

/**
 * The blobs under `<root>/blobs/sha256/<hex>`. Makes its directories and removes what a crash left half written, so at
 * most one process may use a root.
 */
export async function createBlobStore(root: string): Promise<FileBlobStore> {
  const directory = join(root, "blobs", "sha256");
  await mkdir(directory, { recursive: true }).catch((cause: unknown) => {
    throw writeFailure(`make the blob store ${directory}`, cause);
  });
  await removeTemporaries(directory);
  const path = (digest: Digest): string => join(directory, hexOf(digest));
  return {
    path,
    stat: (digest) => infoOf(path(digest)),
    open: (digest, range) => openBlob(path(digest), digest, range),
    read: (digest, largestBytes) => readBlob(path(digest), digest, largestBytes),
    put: (digest, bytes) => putBlob(path(digest), digest, bytes),
    adopt: (file, digest) => adoptBlob(file, path(digest), digest),
    list: () => listBlobs(directory),
    remove: (digest) => removeBlob(path(digest)),
    quarantine: (digest) => moveAside(path(digest), join(root, "quarantine"), digest),
    verify: (digest, signal, onBytes) => verifyBlob(path(digest), digest, signal, onBytes),
  };
}

async function infoOf(path: string): Promise<BlobInfo | undefined> {
  try {
    return { size: (await stat(path)).size };
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

async function openBlob(path: string, digest: Digest, range?: ByteRange): Promise<Readable> {
  const handle = await openFile(path, digest);
  try {
    if (range !== undefined) checkRange(digest, await handle.stat(), range);
    return handle.createReadStream({ highWaterMark: CHUNK_BYTES, ...range });
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function openFile(path: string, digest: Digest): Promise<FileHandle> {
  return await open(path, "r").catch((error: unknown) => {
    throw isAbsence(error) ? blobMissing(digest) : error;
  });
}

async function readBlob(path: string, digest: Digest, largestBytes: number): Promise<Buffer> {
  const handle = await openFile(path, digest);
  try {
    checkSmall(digest, await handle.stat(), largestBytes);
    const bytes = await handle.readFile();
    checkBytes(digest, bytes);
    return bytes;
  } finally {
    await handle.close();
  }
}

async function putBlob(path: string, digest: Digest, bytes: Uint8Array): Promise<void> {
  checkBytes(digest, bytes);
  if ((await infoOf(path))?.size !== bytes.length) await writeDurably(path, bytes);
}

/** A blob of the same size stays: layouts have links to that file, and a second one would take the space again. */
async function adoptBlob(file: string, path: string, digest: Digest): Promise<void> {
  try {
    const { size } = await stat(file);
    if ((await infoOf(path))?.size === size) {
      await rm(file, { force: true });
      return;
    }
    // The collector's time of grace begins now, not with the last byte of a download that was long asleep.
    const now = new Date();
    await utimes(file, now, now);
    await moveDurably(file, path);
  } catch (cause) {
    throw writeFailure(`keep ${digest}`, cause);
  }
}

async function moveDurably(file: string, path: string): Promise<void> {
  try {
    await renameDurably(file, path);
  } catch (error) {
    if (codeOf(error) !== "EXDEV") throw error;
    await copyDurably(file, path);
    await rm(file, { force: true });
  }
}

async function* listBlobs(directory: string): AsyncGenerator<StoredBlob> {
  for await (const { name } of await opendir(directory, { bufferSize: 256 })) {
    if (!BLOB_NAME.test(name)) continue;
    const info = await stat(join(directory, name)).catch(absent);
    if (info === undefined) continue;
    yield { digest: digestFromHex(name), size: info.size, modifiedAtMs: info.mtimeMs };
  }
}

function absent(error: unknown): undefined {
  if (isAbsence(error)) return undefined;
  throw error;
}

async function removeBlob(path: string): Promise<boolean> {
  try {
    await rm(path);
    return true;
  } catch (cause) {
    if (isAbsence(cause)) return false;
    throw writeFailure(`remove ${path}`, cause);
  }
}

async function moveAside(path: string, directory: string, digest: Digest): Promise<boolean> {
  try {
    await mkdir(directory, { recursive: true });
    await rename(path, join(directory, hexOf(digest)));
    await syncPath(dirname(path));
    return true;
  } catch (cause) {
    if (isAbsence(cause)) return false;
    throw writeFailure(`put ${digest} into quarantine`, cause);
  }
}

async function verifyBlob(
  path: string,
  digest: Digest,
  signal: AbortSignal,
  onBytes: (bytes: number) => void | Promise<void> = () => {},
): Promise<boolean> {
  const hash = createHash("sha256");
  const stream = await openBlob(path, digest);
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      signal.throwIfAborted();
      hash.update(chunk);
      await onBytes(chunk.length);
    }
  } finally {
    stream.destroy();
  }
  return hash.digest("hex") === hexOf(digest);
}
