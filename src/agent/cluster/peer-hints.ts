import type { Digest, Peers } from "../../api/index.ts";
import type { Descriptor } from "../../oci/index.ts";
import type { ImageView } from "../image-state.ts";

export type PeerHintsDeps = {
  /** As the controller named them last. */
  peers(): ReadonlyMap<Digest, Peers>;
  /** Whether a layer is on its way. */
  isActive(digest: Digest): boolean;
  suggest(layer: Descriptor, addresses: readonly string[]): void;
  nowMs(): number;
};

/** Lets the engine know whom the controller names, for as long as a layer is on its way. */
export type PeerHints = { look(views: readonly ImageView[]): void };

/** A peer that did not answer may do so now. */
const AGAIN_MS = 30_000;

export function createPeerHints(deps: PeerHintsDeps): PeerHints {
  const said = new Map<Digest, { readonly peers: Peers; readonly atMs: number }>();

  function lookAt(layer: Descriptor, peers: Peers): void {
    const before = said.get(layer.digest);
    const isFresh = before?.peers === peers && deps.nowMs() - before.atMs < AGAIN_MS;
    if (isFresh || !deps.isActive(layer.digest)) return;
    said.set(layer.digest, { peers, atMs: deps.nowMs() });
    deps.suggest(
      layer,
      peers.peers.map(({ address }) => address),
    );
  }

  return {
    look(views) {
      const named = deps.peers();
      for (const digest of said.keys()) if (!named.has(digest)) said.delete(digest);
      if (named.size === 0) return;
      for (const { plan, stored } of views) {
        for (const layer of plan?.layers ?? []) {
          const peers = named.get(layer.digest);
          if (peers !== undefined && !stored.has(layer.digest)) lookAt(layer, peers);
        }
      }
    },
  };
}
