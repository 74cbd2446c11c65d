import type { Digest, SourceBytes } from "../../api/index.ts";

/** Where the bytes of layers came from since the agent was started; those of others were here before. */
export type LayerSources = {
  /** It is being brought: what does not come from the registry comes from peers. */
  begun(digest: Digest): void;
  fromRegistry(digest: Digest, bytes: number): void;
  /** It is whole, and so much of it came from peers. */
  done(digest: Digest, peerBytes: number): void;
  /** Of `completedBytes` that are here now. */
  of(digest: Digest, completedBytes: number): SourceBytes;
  forget(digest: Digest): void;
};

type Known = { readonly registryBytes: number; readonly peerBytes?: number };

export function createLayerSources(): LayerSources {
  const known = new Map<Digest, Known>();
  const change = (digest: Digest, next: (before: Known) => Known) =>
    known.set(digest, next(known.get(digest) ?? { registryBytes: 0 }));
  return {
    begun: (digest) => change(digest, ({ registryBytes }) => ({ registryBytes })),
    fromRegistry: (digest, bytes) =>
      change(digest, (before) => ({ ...before, registryBytes: before.registryBytes + bytes })),
    done: (digest, peerBytes) => change(digest, (before) => ({ ...before, peerBytes })),
    of(digest, completedBytes) {
      const entry = known.get(digest);
      if (entry === undefined)
        return { registryBytes: 0, peerBytes: 0, localBytes: completedBytes };
      const { registryBytes } = entry;
      const others = Math.max(0, completedBytes - registryBytes);
      const peerBytes = Math.min(others, entry.peerBytes ?? others);
      return { registryBytes, peerBytes, localBytes: others - peerBytes };
    },
    forget: (digest) => known.delete(digest),
  };
}
