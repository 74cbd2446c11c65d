import type {
  Image__Output,
  ImageStatus__Output,
  LayerStatus__Output,
  Totals__Output,
} from "../api/index.ts";
import { enumWord } from "./progress-document.ts";

/** What `status -o json` and `-o yaml` show of an image; part of the interface. */
export type StatusDocument = ImageDocument & {
  /** Why not further; empty while all is well. */
  readonly reason: string;
  readonly message: string;
  readonly blobs: readonly LayerDocument[];
  readonly totals: Totals__Output | null;
};

export type ImageDocument = {
  readonly reference: string;
  readonly digest: string;
  /** Bytes of the layers. */
  readonly size: number;
  readonly layers: number;
  readonly state: string;
};

export type LayerDocument = Omit<LayerStatus__Output, "state" | "source"> & {
  readonly state: string;
  readonly source: string;
};

export function imageDocument(image: Image__Output | null): ImageDocument {
  const { reference, digest, size, layers, state } = image ?? UNKNOWN_IMAGE;
  return { reference, digest, size, layers, state: enumWord(state, "IMAGE_STATE_") };
}

export const layerDocument = (layer: LayerStatus__Output): LayerDocument => ({
  ...layer,
  state: enumWord(layer.state, "LAYER_STATE_"),
  source: enumWord(layer.source, "SOURCE_"),
});

export function statusDocument(status: ImageStatus__Output): StatusDocument {
  return {
    ...imageDocument(status.image),
    reason: status.reason,
    message: status.message,
    blobs: status.layers.map(layerDocument),
    totals: status.totals,
  };
}

const UNKNOWN_IMAGE: Image__Output = {
  reference: "",
  digest: "",
  size: 0,
  layers: 0,
  state: "IMAGE_STATE_UNSPECIFIED",
};
