import type { VerifyResponse } from "../api/index.ts";
import type { Descriptor, Digest, FileBlobStore } from "../oci/index.ts";
import type { ImageView } from "./image-state.ts";
import type { Images } from "./images.ts";

export type ScrubDeps = {
  readonly store: FileBlobStore;
  readonly images: Images;
};

/**
 * Reads every blob of the images again. A damaged one is set aside, and when all have been read the images that lack
 * something are brought anew, their layouts too.
 */
export async function* verifyImages(
  { store, images }: ScrubDeps,
  views: readonly ImageView[],
  signal: AbortSignal,
): AsyncGenerator<VerifyResponse> {
  const lacking: Digest[] = [];
  try {
    for (const blob of blobsOf(views)) {
      const result = await check(store, blob, signal);
      if (result !== "VERIFY_RESULT_OK") lacking.push(blob.digest);
      if (result === "VERIFY_RESULT_CORRUPT") await store.quarantine(blob.digest);
      yield { digest: blob.digest, size: blob.size, result };
    }
  } finally {
    if (lacking.length > 0) await images.repair(lacking);
  }
}

/** Each blob once, layers last; of an image that is on its way only what it has. */
function blobsOf(views: readonly ImageView[]): Iterable<Descriptor> {
  const all = views.flatMap(({ plan, state, stored }) => {
    if (plan === undefined) return [];
    const settled = state.state === "seeding" || state.state === "complete";
    const layers = plan.layers.filter(({ digest }) => settled || stored.has(digest));
    return [...plan.manifests, ...plan.configs, ...layers];
  });
  return new Map(all.map((blob) => [blob.digest, blob])).values();
}

async function check(
  store: FileBlobStore,
  { digest }: Descriptor,
  signal: AbortSignal,
): Promise<NonNullable<VerifyResponse["result"]>> {
  if ((await store.stat(digest)) === undefined) return "VERIFY_RESULT_MISSING";
  return (await store.verify(digest, signal)) ? "VERIFY_RESULT_OK" : "VERIFY_RESULT_CORRUPT";
}
