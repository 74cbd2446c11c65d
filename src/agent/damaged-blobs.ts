import type { Digest, FileBlobStore } from "../oci/index.ts";
import type { Log } from "../runtime/index.ts";
import type { Images } from "./images.ts";
import type { Seeding } from "./seeding.ts";

/** Blobs that turned out not to be what they were: they are set aside and brought again. */
export interface DamagedBlobs {
  /** Looks at the whole blob, and does what must be done, behind the caller. */
  suspect(digest: Digest): void;
  /** Ends what is under way. */
  close(): Promise<void>;
}

export type DamagedBlobsDeps = {
  readonly store: FileBlobStore;
  readonly images: Pick<Images, "repair">;
  readonly seeding: Pick<Seeding, "forget">;
  readonly log: Log;
};

export function createDamagedBlobs({
  store,
  images,
  seeding,
  log,
}: DamagedBlobsDeps): DamagedBlobs {
  const underWay = new Map<Digest, Promise<void>>();
  const closed = new AbortController();

  async function mend(digest: Digest): Promise<void> {
    const isRight =
      (await store.stat(digest)) !== undefined && (await store.verify(digest, closed.signal));
    // Then its torrent is not: that is made again from the blob.
    if (isRight) await seeding.forget(digest);
    else await store.quarantine(digest);
    await images.repair([digest]);
  }

  return {
    suspect(digest) {
      if (closed.signal.aborted || underWay.has(digest)) return;
      const mending = mend(digest)
        .catch((error: unknown) => {
          if (closed.signal.aborted) return;
          log.error("damaged blob not mended", { digest, error: String(error) });
        })
        .finally(() => underWay.delete(digest));
      underWay.set(digest, mending);
    },
    async close() {
      closed.abort(new Error("oci-torrentd is shutting down"));
      await Promise.all(underWay.values());
    },
  };
}

/** The store, telling of each blob that is set aside, whoever found it to be wrong. */
export const tellingOfQuarantine = (
  store: FileBlobStore,
  onSetAside: (digest: Digest) => void,
): FileBlobStore => ({
  ...store,
  async quarantine(digest) {
    const wasThere = await store.quarantine(digest);
    if (wasThere) onSetAside(digest);
    return wasThere;
  },
});
