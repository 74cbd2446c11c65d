import type { BlobStore, Digest } from "../oci/index.ts";
import { type ImagePlan, MAX_DOCUMENT_BYTES, planImage } from "./image-plan.ts";
import type { ImageRecord } from "./image-record.ts";

export type Recalled = {
  /** Absent when not all of its manifests are here: its run fetches them. */
  readonly plan?: ImagePlan;
  /** The layers that are here. */
  readonly stored: Set<Digest>;
};

/** What the store has of an image, without asking anybody. */
export async function recallImage(
  store: BlobStore,
  { top, wanted }: ImageRecord,
): Promise<Recalled> {
  const stored = new Set<Digest>();
  if (top === undefined) return { stored };
  try {
    const read = ({ digest }: { readonly digest: Digest }) =>
      store.read(digest, MAX_DOCUMENT_BYTES);
    const plan = await planImage(top, wanted, read);
    for (const { digest, size } of plan.layers) {
      if ((await store.stat(digest))?.size === size) stored.add(digest);
    }
    return { plan, stored };
  } catch {
    return { stored };
  }
}
