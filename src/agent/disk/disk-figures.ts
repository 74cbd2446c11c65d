import { readdir, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { type BlobKeeper, type Digest, parseDigest } from "../../oci/index.ts";
import type { DiskFigures } from "./decide-room.ts";

export type DiskPlaces = {
  /** On the file system that counts. */
  readonly root: string;
  /** Unfinished blobs, by the hexadecimal part of their digests. */
  readonly partial: string;
  readonly blobs: Pick<BlobKeeper, "list">;
};

/** Looks at the disk as it is now. */
export async function readDiskFigures({ root, partial, blobs }: DiskPlaces): Promise<DiskFigures> {
  const stored = new Map<Digest, number>();
  for await (const { digest, size } of blobs.list()) stored.set(digest, size);
  const { bsize, blocks, bavail } = await statfs(root);
  return {
    capacityBytes: blocks * bsize,
    freeBytes: bavail * bsize,
    stored,
    partial: await partialBytes(partial),
  };
}

const BLOCK_BYTES = 512;

/** Files of pieces have holes: what counts is what they take of the disk. */
async function partialBytes(directory: string): Promise<ReadonlyMap<Digest, number>> {
  const taken = new Map<Digest, number>();
  for (const name of await readdir(directory)) {
    if (!/^[0-9a-f]{64}$/.test(name)) continue;
    // It may have become whole meanwhile.
    const found = await stat(join(directory, name)).catch(() => undefined);
    if (found !== undefined) taken.set(parseDigest(`sha256:${name}`), found.blocks * BLOCK_BYTES);
  }
  return taken;
}
