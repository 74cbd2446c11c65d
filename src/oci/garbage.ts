import type { BlobKeeper, BlobReader } from "./blob-store.ts";
import type { Digest } from "./digest.ts";
import { imageClosure } from "./image-closure.ts";
import type { LayoutKeeper } from "./image-layout.ts";
import { heldBlobs, pruneLayout, removeLayout } from "./layout-files.ts";
import type { LayoutEntry } from "./layout-index.ts";

export type Garbage = {
  /** Blobs that the store gave up. */
  readonly removedBlobs: number;
  readonly removedBytes: number;
  /** Names of blobs that layouts gave up. */
  readonly unlinkedBlobs: number;
  /** Layouts that could not be read to the end, and so keep all they have. */
  readonly unreadable: readonly { readonly directory: string; readonly error: Error }[];
};

export type CollectOptions = {
  readonly blobs: BlobReader & BlobKeeper;
  readonly layouts: LayoutKeeper;
  /** Asked again right before a blob is removed: one that a transfer or a lease wants stays. */
  readonly isWanted: (digest: Digest) => boolean;
  readonly nowMs: number;
  /** How old a blob must be to go: longer than it takes from its adoption to its place in a layout. */
  readonly graceMs: number;
  readonly signal: AbortSignal;
};

/** Removes the blobs that no image needs, from the layouts and from the store. What is needed is counted anew. */
export async function collectGarbage(options: CollectOptions): Promise<Garbage> {
  // An image may find its place, and its transfer stop wanting it, after its layout was counted.
  const needed = new Set<Digest>();
  const stop = options.layouts.onPlaced((digest) => needed.add(digest));
  try {
    const layouts = await pruneLayouts(options, needed);
    return { ...layouts, ...(await sweepStore(options, needed)) };
  } finally {
    stop();
  }
}

async function pruneLayouts({ blobs, layouts, signal }: CollectOptions, needed: Set<Digest>) {
  let unlinkedBlobs = 0;
  const unreadable: { directory: string; error: Error }[] = [];
  for await (const directory of layouts.layouts()) {
    signal.throwIfAborted();
    const pruned = layouts.inspect(directory, async (entries) => {
      const keep = await neededBy(directory, entries, blobs);
      for (const digest of keep) needed.add(digest);
      unlinkedBlobs += await pruneLayout(directory, keep);
      if (entries.length === 0) await removeLayout(layouts.root, directory);
    });
    await pruned.catch(async (error: Error) => {
      unreadable.push({ directory, error });
      for (const digest of await heldBlobs(directory)) needed.add(digest);
    });
  }
  return { unlinkedBlobs, unreadable };
}

async function neededBy(
  directory: string,
  entries: readonly LayoutEntry[],
  blobs: BlobReader,
): Promise<ReadonlySet<Digest>> {
  const needed = new Set<Digest>();
  const lost = new Set<Digest>();
  for (const { descriptor } of entries) {
    const { present, absent } = await imageClosure(blobs, descriptor);
    for (const { digest } of present) needed.add(digest);
    for (const { digest } of absent) lost.add(digest);
  }
  // What hangs below a document that the store lost is not known, so until it is back the layout keeps everything.
  const held = await heldBlobs(directory);
  const isCut = held.some((digest) => lost.has(digest));
  return isCut ? new Set([...needed, ...held]) : needed;
}

async function sweepStore(options: CollectOptions, needed: ReadonlySet<Digest>) {
  const { blobs, isWanted, nowMs, graceMs, signal } = options;
  const isGarbage = (digest: Digest): boolean => !needed.has(digest) && !isWanted(digest);
  let removedBlobs = 0;
  let removedBytes = 0;
  for await (const { digest, size, modifiedAtMs } of blobs.list()) {
    signal.throwIfAborted();
    if (!isGarbage(digest) || nowMs - modifiedAtMs < graceMs) continue;
    if (!(await blobs.remove(digest))) continue;
    removedBlobs += 1;
    removedBytes += size;
  }
  return { removedBlobs, removedBytes };
}
