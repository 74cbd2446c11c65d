import type { BlobInfo, ByteRange } from "./blob-store.ts";
import { type Digest, digestOf } from "./digest.ts";
import { OciError } from "./errors.ts";

export const blobMissing = (digest: Digest): OciError =>
  new OciError("BLOB_MISSING", `the store does not hold ${digest}`);

/** Throws BLOB_CORRUPT when bytes that claim a digest have another. */
export function checkBytes(digest: Digest, bytes: Uint8Array): void {
  const found = digestOf(bytes);
  if (found === digest) return;
  throw new OciError("BLOB_CORRUPT", `the bytes of ${digest} have the digest ${found}`);
}

export function checkSmall(digest: Digest, { size }: BlobInfo, largestBytes: number): void {
  if (size <= largestBytes) return;
  throw new OciError(
    "UNSUPPORTED",
    `could not read ${digest} at once: it has ${size} bytes, more than ${largestBytes}`,
  );
}

export function checkRange(digest: Digest, { size }: BlobInfo, range: ByteRange): void {
  const end = range.end ?? size - 1;
  if (range.start >= 0 && range.start <= end && end < size) return;
  throw new RangeError(`${digest} has ${size} bytes, none of them ${range.start} to ${end}`);
}
