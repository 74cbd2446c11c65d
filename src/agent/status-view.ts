import type { ImageState as ApiImageState, Image, ImageStatus, LayerStatus } from "../api/index.ts";
import { type Descriptor, formatReference } from "../oci/index.ts";
import type { BlobTransfers } from "./blob-transfers.ts";
import type { ImageState, ImageView } from "./image-state.ts";
import type { Seeding } from "./seeding.ts";

const imageStates: Record<ImageState["state"], ApiImageState> = {
  resolving: "IMAGE_STATE_RESOLVING",
  transferring: "IMAGE_STATE_TRANSFERRING",
  paused: "IMAGE_STATE_TRANSFERRING",
  seeding: "IMAGE_STATE_SEEDING",
  complete: "IMAGE_STATE_COMPLETE",
  stopped: "IMAGE_STATE_STOPPED",
  failed: "IMAGE_STATE_FAILED",
};

/** Who knows how far single layers are. */
export type LayerSources = { readonly blobs: BlobTransfers; readonly seeding?: Seeding };

export const imageOf = ({ record, state, plan }: ImageView): Image => ({
  reference: formatReference(record.reference),
  digest: record.top?.digest ?? "",
  size: (plan?.layers ?? []).reduce((sum, { size }) => sum + size, 0),
  layers: plan?.layers.length ?? 0,
  state: imageStates[state.state],
});

export function statusOf(view: ImageView, sources: LayerSources): ImageStatus {
  const { state, plan, totals } = view;
  return {
    image: imageOf(view),
    reason: "reason" in state ? state.reason : "",
    message: "message" in state ? state.message : "",
    layers: (plan?.layers ?? []).map((layer) => layerOf(layer, view, sources)),
    totals,
  };
}

export function layerOf(
  layer: Descriptor,
  view: ImageView,
  { blobs, seeding }: LayerSources,
): LayerStatus {
  const { digest, mediaType, size } = layer;
  const about = { digest, mediaType, totalBytes: size };
  if (view.stored.has(digest)) {
    const serving = seeding?.isServing(digest) ?? false;
    return {
      ...about,
      completedBytes: size,
      state: serving ? "LAYER_STATE_SEEDING" : "LAYER_STATE_COMPLETE",
      infoHash: seeding?.infoHashOf(digest) ?? "",
    };
  }
  const active = blobs.active(digest);
  if (active !== undefined) return { ...about, ...active, state: "LAYER_STATE_TRANSFERRING" };
  return { ...about, completedBytes: 0, state: idleStates[view.state.state] };
}

const idleStates: Record<ImageState["state"], NonNullable<LayerStatus["state"]>> = {
  resolving: "LAYER_STATE_WAITING",
  transferring: "LAYER_STATE_WAITING",
  paused: "LAYER_STATE_WAITING",
  seeding: "LAYER_STATE_WAITING",
  complete: "LAYER_STATE_WAITING",
  stopped: "LAYER_STATE_STOPPED",
  failed: "LAYER_STATE_FAILED",
};
