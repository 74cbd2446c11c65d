import { readFile, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { blobMissing, checkBytes, checkRange, checkSmall } from "./blob-failure.ts";
import type { BlobStore, StoredBlob } from "./blob-store.ts";
import { type Digest, digestOf } from "./digest.ts";

/** A blob store for tests that need no files; `now` is what it dates its blobs with. */
export function createMemoryBlobStore(now: () => number = Date.now): BlobStore {
  const blobs = new Map<Digest, { bytes: Buffer; modifiedAtMs: number }>();
  const held = (digest: Digest): Buffer => {
    const blob = blobs.get(digest);
    if (blob === undefined) throw blobMissing(digest);
    return blob.bytes;
  };
  const keep = (digest: Digest, bytes: Buffer): void => {
    if (!blobs.has(digest)) blobs.set(digest, { bytes, modifiedAtMs: now() });
  };
  async function* list(): AsyncGenerator<StoredBlob> {
    for (const [digest, { bytes, modifiedAtMs }] of [...blobs]) {
      yield { digest, size: bytes.length, modifiedAtMs };
    }
  }
  return {
    async stat(digest) {
      const blob = blobs.get(digest);
      return blob === undefined ? undefined : { size: blob.bytes.length };
    },
    async open(digest, range) {
      const bytes = held(digest);
      if (range !== undefined) checkRange(digest, { size: bytes.length }, range);
      const part =
        range === undefined ? bytes : bytes.subarray(range.start, (range.end ?? bytes.length) + 1);
      return Readable.from(part.length === 0 ? [] : [part], { objectMode: false });
    },
    async read(digest, largestBytes) {
      const bytes = held(digest);
      checkSmall(digest, { size: bytes.length }, largestBytes);
      checkBytes(digest, bytes);
      return Buffer.from(bytes);
    },
    async put(digest, bytes) {
      checkBytes(digest, bytes);
      keep(digest, Buffer.from(bytes));
    },
    async adopt(file, digest) {
      keep(digest, await readFile(file));
      await rm(file);
    },
    list,
    remove: async (digest) => blobs.delete(digest),
    quarantine: async (digest) => blobs.delete(digest),
    async verify(digest, signal, onBytes = () => {}) {
      const bytes = held(digest);
      signal.throwIfAborted();
      await onBytes(bytes.length);
      return digestOf(bytes) === digest;
    },
  };
}
