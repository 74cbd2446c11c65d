import type { Readable } from "node:stream";
import type { Digest } from "./digest.ts";

export type BlobInfo = { readonly size: number };

/** First and last byte, both included, as in HTTP; without `end` to the end of the blob. */
export type ByteRange = { readonly start: number; readonly end?: number };

export type StoredBlob = {
  readonly digest: Digest;
  readonly size: number;
  readonly modifiedAtMs: number;
};

export interface BlobReader {
  /** undefined for a blob that the store does not hold. */
  stat(digest: Digest): Promise<BlobInfo | undefined>;
  /** Throws BLOB_MISSING. A blob that is removed meanwhile is still read to its end. */
  open(digest: Digest, range?: ByteRange): Promise<Readable>;
  /** A whole small blob, checked again. Throws BLOB_MISSING, BLOB_CORRUPT, or UNSUPPORTED when it is larger. */
  read(digest: Digest, largestBytes: number): Promise<Buffer>;
}

export interface BlobWriter {
  /** Keeps a small blob. Throws BLOB_CORRUPT when these bytes have another digest, DISK_FULL, STORE_WRITE. */
  put(digest: Digest, bytes: Uint8Array): Promise<void>;
  /** Takes over a file that was verified while it was written; the file is gone then. Throws DISK_FULL, STORE_WRITE. */
  adopt(file: string, digest: Digest): Promise<void>;
}

export interface BlobKeeper {
  /** Every blob, in no order. */
  list(): AsyncIterable<StoredBlob>;
  /** Whether there was such a blob. */
  remove(digest: Digest): Promise<boolean>;
  /** Puts a corrupt blob aside, so that it is served no more and can be fetched again. */
  quarantine(digest: Digest): Promise<boolean>;
  /**
   * Reads the blob again and tells whether it still has its digest. `onBytes` is told how many more bytes were read,
   * and waited for: it can slow the reading down. Throws BLOB_MISSING.
   */
  verify(
    digest: Digest,
    signal: AbortSignal,
    onBytes?: (bytes: number) => void | Promise<void>,
  ): Promise<boolean>;
}

export interface BlobFiles {
  /** Where the blob is or would be. The file must not be changed. */
  path(digest: Digest): string;
}

/** Blobs by their digest: each once, and under its name only when its bytes were proven. */
export type BlobStore = BlobReader & BlobWriter & BlobKeeper;
export type FileBlobStore = BlobStore & BlobFiles;
