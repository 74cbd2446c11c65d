import { bar, formatBytes, fractionOf, percentOf } from "../src/ctr/index.ts";
import type { LayerNames } from "./a-view.ts";
import { type LayerProgress, type NodeProgress, sumOf } from "./progress.ts";

const WIDEST_BAR = 30;
const NARROWEST_BAR = 6;
const ID_LENGTH = 12;

type Row = Omit<LayerProgress, "digest"> & { readonly label: string };

/** A bar for every layer on every node; on a terminal too low for them, one for every node. */
export function rowsOf(
  all: readonly NodeProgress[],
  names: LayerNames,
  columns: number,
  most: number,
): readonly string[] {
  const detailed = all.flatMap((progress) => nodeRows(progress, names));
  const rows = detailed.length <= most ? detailed : all.map(nodeRow);
  const width = Math.max(...rows.map(({ label }) => label.length));
  return rows.map((row) => drawn({ ...row, label: row.label.padEnd(width) }, columns));
}

function nodeRows(progress: NodeProgress, names: LayerNames): readonly Row[] {
  const { node, state, layers } = progress;
  if (layers.size === 0) return [nodeRow(progress)];
  const killed = state === "killed" ? " (killed)" : "";
  return [...layers.values()].map((layer) => ({
    ...layer,
    label: `${node} ${names.get(layer.digest) ?? shortened(layer.digest)}${killed}`,
  }));
}

function nodeRow(progress: NodeProgress): Row {
  const { node, state } = progress;
  const label = state === "transferring" || state === "done" ? node : `${node} (${state})`;
  return { label, ...sumOf(progress) };
}

const shortened = (digest: string): string => digest.replace("sha256:", "").slice(0, ID_LENGTH);

/** `label [====>     ]  45% 57MB / 127MB 12MB/s`, of as many parts as fit. */
function drawn(
  { label, completedBytes, totalBytes, bytesPerSecond }: Row,
  columns: number,
): string {
  if (totalBytes === 0) return label.trimEnd().slice(0, columns);
  const fraction = fractionOf(completedBytes, totalBytes);
  const percent = `${percentOf(fraction)}%`.padStart(4);
  const sizes = `${formatBytes(completedBytes)} / ${formatBytes(totalBytes)}`;
  const rate = bytesPerSecond > 0 ? ` ${formatBytes(bytesPerSecond)}/s` : "";
  for (const rest of [`${percent} ${sizes}${rate}`, `${percent} ${sizes}`, percent]) {
    const room = Math.min(WIDEST_BAR, columns - label.length - rest.length - 2);
    if (room >= NARROWEST_BAR) return `${label} ${bar(fraction, room)} ${rest}`;
  }
  // The end tells more than the beginning: which layer, and how far.
  return `${label.trimEnd()} ${percent.trim()}`.slice(-columns);
}
