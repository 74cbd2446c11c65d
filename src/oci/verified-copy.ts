import { createHash } from "node:crypto";
import { open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { FileBlobStore } from "./blob-store.ts";
import { type Digest, hexOf } from "./digest.ts";
import { temporaryIn, writeFailure } from "./durable-file.ts";
import { OciError } from "./errors.ts";

export type BlobSize = { readonly digest: Digest; readonly size: number };

/** How far one blob is. It is told at the beginning, and last when `doneBytes` is `size`. */
export type BlobProgress = BlobSize & { readonly doneBytes: number };

export type CopyOptions = {
  readonly signal: AbortSignal;
  readonly onProgress?: ((progress: BlobProgress) => void) | undefined;
};

/** What broke was where the bytes come from, not where they go to. */
class SourceFailed extends Error {}

async function* reading(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* source;
  } catch (cause) {
    throw new SourceFailed("the source failed", { cause });
  }
}

/** Passes the bytes of a blob on. Throws BLOB_CORRUPT at its end, or sooner, when they are not the blob's. */
export async function* verifying(
  source: AsyncIterable<Uint8Array>,
  { digest, size }: BlobSize,
  { signal, onProgress }: CopyOptions,
): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  let doneBytes = 0;
  onProgress?.({ digest, size, doneBytes });
  for await (const chunk of source) {
    signal.throwIfAborted();
    doneBytes += chunk.length;
    if (doneBytes > size) throw corrupt(digest, `has more than its ${size} bytes`);
    hash.update(chunk);
    yield chunk;
    onProgress?.({ digest, size, doneBytes });
  }
  if (doneBytes < size) throw corrupt(digest, `has ${doneBytes} bytes instead of ${size}`);
  const found = hash.digest("hex");
  if (found !== hexOf(digest)) throw corrupt(digest, `has the digest sha256:${found}`);
}

const corrupt = (digest: Digest, why: string): OciError =>
  new OciError("BLOB_CORRUPT", `what was given as ${digest} ${why}`);

/**
 * Writes a blob to a file of its own in `directory` and gives its name to `keep`; the file is gone afterwards. Throws
 * BLOB_CORRUPT, DISK_FULL, STORE_WRITE, or as the source did.
 */
export async function withVerifiedFile(
  directory: string,
  source: AsyncIterable<Uint8Array>,
  blob: BlobSize,
  options: CopyOptions,
  keep: (file: string) => Promise<void>,
): Promise<void> {
  const file = temporaryIn(directory);
  try {
    const handle = await open(file, "wx", 0o644);
    try {
      await handle.writeFile(verifying(reading(source), blob, options));
    } finally {
      await handle.close();
    }
    await keep(file);
  } catch (cause) {
    if (options.signal.aborted) throw options.signal.reason;
    if (cause instanceof SourceFailed) throw cause.cause;
    throw writeFailure(`write ${blob.digest}`, cause);
  } finally {
    await rm(file, { force: true });
  }
}

/** Takes a blob from elsewhere into the store; one that is there already is not read. */
export async function ingestBlob(
  blobs: FileBlobStore,
  source: AsyncIterable<Uint8Array>,
  blob: BlobSize,
  options: CopyOptions,
): Promise<void> {
  options.signal.throwIfAborted();
  if ((await blobs.stat(blob.digest))?.size === blob.size) {
    options.onProgress?.({ ...blob, doneBytes: blob.size });
    return;
  }
  const directory = dirname(blobs.path(blob.digest));
  await withVerifiedFile(directory, source, blob, options, (file) =>
    blobs.adopt(file, blob.digest),
  );
}
