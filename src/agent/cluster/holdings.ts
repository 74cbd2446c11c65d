import type { Digest } from "../../api/index.ts";
import type { Descriptor } from "../../oci/index.ts";
import type { ImageView } from "../image-state.ts";
import type { LayerSources } from "./layer-sources.ts";
import { allPieces } from "./reports.ts";

export type HoldingsDeps = {
  heldPieces(layer: Descriptor): Uint8Array | undefined;
  tellPieces(digest: Digest, size: number, pieces: Uint8Array): void;
  readonly sources: Pick<LayerSources, "forget">;
  nowMs(): number;
};

/** Says of layers what is here of them: at once when one is whole or has gone, and now and then while it grows. */
export type Holdings = { look(views: readonly ImageView[]): void };

/** Who decides needs it only when a node is lost, and there may be a thousand of us. */
const GROWING_EVERY_MS = 5_000;

type Told = { readonly size: number; readonly state: "whole" | "growing"; readonly atMs: number };

export function createHoldings(deps: HoldingsDeps): Holdings {
  const told = new Map<Digest, Told>();

  function tell({ digest, size }: Descriptor, state: Told["state"], pieces: Uint8Array): void {
    told.set(digest, { size, state, atMs: deps.nowMs() });
    deps.tellPieces(digest, size, pieces);
  }

  function lookAt(layer: Descriptor, isStored: boolean): void {
    const before = told.get(layer.digest);
    if (isStored) {
      if (before?.state !== "whole") tell(layer, "whole", allPieces(layer.size));
      return;
    }
    const isFresh = before?.state === "growing" && deps.nowMs() - before.atMs < GROWING_EVERY_MS;
    const pieces = isFresh ? undefined : deps.heldPieces(layer);
    if (pieces?.some((byte) => byte !== 0)) tell(layer, "growing", pieces);
  }

  return {
    look(views) {
      const layers = new Map<Digest, readonly [Descriptor, boolean]>();
      for (const { plan, stored } of views) {
        for (const layer of plan?.layers ?? []) {
          const isStored = stored.has(layer.digest) || layers.get(layer.digest)?.[1] === true;
          if (layer.size > 0) layers.set(layer.digest, [layer, isStored]);
        }
      }
      for (const [layer, isStored] of layers.values()) lookAt(layer, isStored);
      for (const [digest, { size }] of told) {
        if (layers.has(digest)) continue;
        told.delete(digest);
        deps.sources.forget(digest);
        deps.tellPieces(digest, size, new Uint8Array());
      }
    },
  };
}
