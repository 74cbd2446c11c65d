import {
  type BlobStore,
  collectGarbage,
  type Digest,
  type ImageLayouts,
  type LayoutKeeper,
} from "../oci/index.ts";
import type { Log } from "../runtime/index.ts";
import { blobsOf, type ImagePlan } from "./image-plan.ts";
import type { Seeding } from "./seeding.ts";

export type SweepDeps = {
  readonly store: BlobStore;
  readonly layouts: ImageLayouts & LayoutKeeper;
  readonly seeding?: Seeding;
  readonly log: Log;
};

export type SweepOptions = {
  /** Of the images that are known; their blobs stay. */
  readonly plans: readonly ImagePlan[];
  /** Younger blobs stay, whoever needs them. */
  readonly graceMs: number;
  readonly signal: AbortSignal;
};

/** Removes the blobs that no layout and no known image needs, with their torrents. Resolves with the bytes that became free. */
export async function sweep(
  { store, layouts, seeding, log }: SweepDeps,
  { plans, graceMs, signal }: SweepOptions,
): Promise<number> {
  const wanted = new Set(plans.flatMap(blobsOf).map(({ digest }) => digest));
  const remove = async (digest: Digest): Promise<boolean> => {
    await seeding?.forget(digest);
    return await store.remove(digest);
  };
  const garbage = await collectGarbage({
    blobs: { ...store, remove },
    layouts,
    isWanted: (digest) => wanted.has(digest),
    nowMs: Date.now(),
    graceMs,
    signal,
  });
  for (const { directory, error } of garbage.unreadable) {
    log.warn("layout kept whole, it cannot be read", { directory, error: error.message });
  }
  return garbage.removedBytes;
}
