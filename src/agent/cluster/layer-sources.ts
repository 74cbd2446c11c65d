import type { Digest, SourceBytes } from "../../api/index.ts";

/**
 * Where the bytes of layers came from since the agent was started; those of others were here before. So they were for every
 * image but the one, by its digest, that a layer is or was brought for.
 */
export type LayerSources = {
  /** It is being brought: what does not come from the registry comes from peers. */
  begun(digest: Digest, image: Digest): void;
  fromRegistry(digest: Digest, bytes: number): void;
  /** It is whole, and so much of it came from peers. */
  done(digest: Digest, peerBytes: number): void;
  /** Of `completedBytes` that are here now, as that image had them. */
  of(digest: Digest, completedBytes: number, image: Digest): SourceBytes;
  forget(digest: Digest): void;
};

type Known = {
  readonly image?: Digest;
  readonly registryBytes: number;
  readonly peerBytes?: number;
};

export function createLayerSources(): LayerSources {
  const known = new Map<Digest, Known>();
  const change = (digest: Digest, next: (before: Known) => Known) =>
    known.set(digest, next(known.get(digest) ?? { registryBytes: 0 }));
  return {
    begun: (digest, image) =>
      change(digest, (before) => ({
        image,
        registryBytes: before.image === image ? before.registryBytes : 0,
      })),
    fromRegistry: (digest, bytes) =>
      change(digest, (before) => ({ ...before, registryBytes: before.registryBytes + bytes })),
    done: (digest, peerBytes) => change(digest, (before) => ({ ...before, peerBytes })),
    of(digest, completedBytes, image) {
      const entry = known.get(digest);
      if (entry?.image !== image)
        return { registryBytes: 0, peerBytes: 0, localBytes: completedBytes };
      const { registryBytes } = entry;
      const others = Math.max(0, completedBytes - registryBytes);
      const peerBytes = Math.min(others, entry.peerBytes ?? others);
      return { registryBytes, peerBytes, localBytes: others - peerBytes };
    },
    forget: (digest) => known.delete(digest),
  };
}
