import type { ImageOrder, Rates } from "../swarm.ts";
import { keyOf } from "./blob.ts";
import type { BlobKey, BlobSpec, Input } from "./core/messages.ts";

export type Wish = Pick<BlobSpec, "priority" | "rank" | "images">;

const NONE: Wish = { priority: 0, rank: 0 };

/** What callers have said of images, blob by blob. */
export class Wishes {
  #ofBlobs = new Map<BlobKey, Wish>();
  #limits = new Map<string, Rates>();

  of(key: BlobKey): Wish {
    return this.#ofBlobs.get(key) ?? NONE;
  }

  /** Returns what the core must hear of the images' limits. */
  set(images: readonly ImageOrder[]): Input[] {
    this.#ofBlobs = new Map();
    // The first to name a blob is the one of the highest priority, and its turn is used.
    for (const { image, blobs, priority } of images.toSorted((a, b) => b.priority - a.priority)) {
      for (const [rank, blob] of blobs.entries()) {
        const key = keyOf(blob);
        const known = this.#ofBlobs.get(key);
        const first = known ?? { priority, rank };
        this.#ofBlobs.set(key, { ...first, images: [...(known?.images ?? []), image] });
      }
    }
    const before = this.#limits;
    this.#limits = new Map(images.map(({ image, rates }) => [image, rates]));
    const gone = [...before.keys()].filter((image) => !this.#limits.has(image));
    return [
      ...gone.map((image) => limits(image, { upload: 0, download: 0 })),
      ...[...this.#limits].map(([image, rates]) => limits(image, rates)),
    ];
  }
}

const limits = (image: string, { upload, download }: Rates): Input => ({
  on: "imageLimits",
  image,
  uploadBps: upload,
  downloadBps: download,
});
