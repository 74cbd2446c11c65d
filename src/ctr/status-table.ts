import type { ImageStatus__Output, LayerState, LayerStatus__Output } from "../api/index.ts";
import { formatBytes } from "./bytes.ts";
import { enumWord } from "./progress-document.ts";
import { hexOf } from "./render-start.ts";
import { alignedTable, fixedTable, type Row } from "./table.ts";

const HEADER: Row = ["ID", "STATE", "COMPLETED", "TOTALLEN", "SEEDING"];
const COLUMN_WIDTH = 20;
const ID_LENGTH = 12;

const STATE_WORDS: Readonly<Record<LayerState, string>> = {
  LAYER_STATE_UNSPECIFIED: "Unknown",
  LAYER_STATE_WAITING: "Waiting",
  LAYER_STATE_TRANSFERRING: "Started",
  LAYER_STATE_SEEDING: "Started",
  LAYER_STATE_COMPLETE: "Completed",
  LAYER_STATE_STOPPED: "Stopped",
  LAYER_STATE_FAILED: "Failed",
};

/** The table that scripts know: five columns of twenty characters, sizes in bytes. */
export const layerTable = (layers: readonly LayerStatus__Output[]): string[] =>
  fixedTable([HEADER, ...layers.map(layerRow)], COLUMN_WIDTH);

const layerRow = (layer: LayerStatus__Output): Row => [
  hexOf(layer.digest).slice(0, ID_LENGTH),
  STATE_WORDS[layer.state] ?? "Unknown",
  String(layer.completedBytes),
  String(layer.totalBytes),
  String(layer.state === "LAYER_STATE_SEEDING"),
];

/** One image: the table; several: the table of each under its name. */
export function statusTable(images: readonly ImageStatus__Output[], named: boolean): string[] {
  if (named) return layerTable(images.flatMap(({ layers }) => layers));
  return images.flatMap(({ image, layers }, index) => [
    ...(index === 0 ? [] : [""]),
    ...fixedTable([[image?.reference ?? ""]], 0).map((line) => line.trimEnd()),
    ...layerTable(layers),
  ]);
}

const WIDE_HEADER: Row = [
  ...["IMAGE", "DIGEST", "STATE", "COMPLETED", "TOTALLEN", "SEEDING"],
  ...["RATE", "PEERS", "SOURCE", "INFOHASH"],
];

/** Everything that is known of a layer, a row each. */
export const wideStatusTable = (images: readonly ImageStatus__Output[]): string[] =>
  alignedTable([
    WIDE_HEADER,
    ...images.flatMap(({ image, layers }) =>
      layers.map((layer): Row => {
        const [, state = "", completed = "", total = "", seeding = ""] = layerRow(layer);
        return [
          ...[image?.reference ?? "", layer.digest, state, completed, total, seeding],
          `${formatBytes(layer.bytesPerSecond)}/s`,
          String(layer.peers),
          layer.source === "SOURCE_UNSPECIFIED" ? "-" : enumWord(layer.source, "SOURCE_"),
          layer.infoHash || "-",
        ];
      }),
    ),
  ]);

/** Sentences about images that are not well. */
export const complaints = (images: readonly ImageStatus__Output[]): string[] =>
  images
    .filter(({ reason, message }) => reason !== "" || message !== "")
    .map(({ image, reason, message }) =>
      [image?.reference ?? "", reason, message].filter((part) => part !== "").join(": "),
    );
