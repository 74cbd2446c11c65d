import type { Finding__Output, PeerLink__Output } from "../api/index.ts";
import { fractionOf, percentOf } from "./bar.ts";
import { formatBytes } from "./bytes.ts";
import type { ExplainDocument, ExplainedLayerDocument } from "./explain-document.ts";
import { printable } from "./printable.ts";
import { hexOf } from "./render-start.ts";
import { alignedTable, type Row } from "./table.ts";

const ID_LENGTH = 12;

/**
 * The image and why it does not go on; then each layer with the same, its links, and its pieces by copies. Wide: every finding and not
 * the first alone, whole digests, names of nodes, and sizes in bytes.
 */
export const explainLines = (document: ExplainDocument, wide: boolean): string[] => [
  ...findingLines(document.reference, document.findings, wide),
  ...document.blobs.flatMap((layer) => ["", ...layerLines(layer, wide)]),
];

function layerLines(layer: ExplainedLayerDocument, wide: boolean): string[] {
  const hex = hexOf(layer.digest);
  const percent = percentOf(fractionOf(layer.completedBytes, layer.totalBytes));
  const size = wide ? `${layer.totalBytes}B` : formatBytes(layer.totalBytes);
  const title = `${wide ? hex : hex.slice(0, ID_LENGTH)} ${percent}% of ${size}`;
  const hidden = layer.linkCount - layer.links.length;
  return [
    ...findingLines(title, layer.findings, wide),
    ...indented(linkTable(layer.links, wide)),
    ...(hidden > 0 ? [`  and ${hidden} more links`] : []),
    ...indented(copiesTable(layer.piecesByCopies)),
  ];
}

function findingLines(title: string, findings: readonly Finding__Output[], all: boolean): string[] {
  const [first, ...others] = findings.map(({ code, text }) => printable(`${code}: ${text}`));
  return [
    first === undefined ? printable(title) : `${printable(title)}: ${first}`,
    ...(all ? others.map((finding) => `  ${finding}`) : []),
  ];
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

const HEADER: Row = [
  ...["PEER", "KIND", "DIRECTION", "IN FLIGHT", "DOWN", "UP", "ASK", "HOLDS", "STRIKES"],
];

function linkTable(links: readonly PeerLink__Output[], wide: boolean): string[] {
  if (links.length === 0) return [];
  const header = wide ? [...HEADER, "NODE", "ZONE"] : HEADER;
  return alignedTable([header, ...links.map((link) => linkRow(link, wide))]);
}

function linkRow(link: PeerLink__Output, wide: boolean): Row {
  const bytes = (count: number) => (wide ? `${count}B` : formatBytes(count));
  return [
    ...[link.address, link.kind, link.dialled ? "out" : "in", bytes(link.inFlightBytes)],
    `${bytes(link.downBytesPerSecond)}/s`,
    `${bytes(link.upBytesPerSecond)}/s`,
    link.askMs === 0 ? "-" : `${link.askMs}ms`,
    ...[String(link.heldPieces), String(link.strikes)],
    ...(wide ? [link.node || "-", link.zone || "-"] : []),
  ];
}

/** Which numbers of copies there are, and how many pieces each has. */
function copiesTable(piecesByCopies: readonly number[]): string[] {
  const present = [...piecesByCopies.entries()].filter(([, pieces]) => pieces > 0);
  if (present.length === 0) return [];
  return alignedTable([
    ["COPIES", ...present.map(([copies]) => String(copies))],
    ["PIECES", ...present.map(([, pieces]) => String(pieces))],
  ]);
}
