import type {
  ExplainResponse__Output,
  Finding__Output,
  LayerExplanation__Output,
  LayerStatus__Output,
  PeerLink__Output,
} from "../api/index.ts";
import {
  type ImageDocument,
  imageDocument,
  type LayerDocument,
  layerDocument,
} from "./status-document.ts";

/** What `explain -o json` and `-o yaml` show of an image; part of the interface. */
export type ExplainDocument = ImageDocument & {
  /** The first is why it does not go on. */
  readonly findings: readonly Finding__Output[];
  readonly blobs: readonly ExplainedLayerDocument[];
};

export type ExplainedLayerDocument = LayerDocument & {
  readonly findings: readonly Finding__Output[];
  readonly links: readonly PeerLink__Output[];
  /** `links` may have fewer. */
  readonly linkCount: number;
  /** At index n, how many pieces n linked peers hold. */
  readonly piecesByCopies: readonly number[];
};

export const explainDocument = (answer: ExplainResponse__Output): ExplainDocument => ({
  ...imageDocument(answer.image),
  findings: answer.findings,
  blobs: answer.layers.map(explainedLayer),
});

const explainedLayer = (explained: LayerExplanation__Output): ExplainedLayerDocument => ({
  ...layerDocument(explained.layer ?? UNKNOWN_LAYER),
  findings: explained.findings,
  links: explained.links,
  linkCount: explained.linkCount,
  piecesByCopies: explained.piecesByCopies,
});

const UNKNOWN_LAYER: LayerStatus__Output = {
  digest: "",
  mediaType: "",
  state: "LAYER_STATE_UNSPECIFIED",
  completedBytes: 0,
  totalBytes: 0,
  bytesPerSecond: 0,
  peers: 0,
  source: "SOURCE_UNSPECIFIED",
  infoHash: "",
};
