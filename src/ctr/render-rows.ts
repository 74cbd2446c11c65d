import { bar, fractionOf, percentOf } from "./bar.ts";
import { formatBytes } from "./bytes.ts";
import { formatDuration } from "./duration.ts";
import type { BlobView, StartView } from "./render-start.ts";

const ID_LENGTH = 12;
const WIDEST_BAR = 40;
const NARROWEST_BAR = 8;

/** `9758c28807f2 [====>     ]  45% 1.2MB / 4.8MB 3.1MB/s`, of as many parts as fit into the columns. */
export function blobRow(blob: BlobView, columns: number): string {
  const id = blob.hex.slice(0, ID_LENGTH);
  if (blob.phase === "local")
    return cut(`${id} already here ${formatBytes(blob.totalBytes)}`, columns);
  if (blob.phase === "waiting") return cut(`${id} waiting`, columns);
  return progressRow(id, blob, columns);
}

type Progress = Pick<BlobView, "completedBytes" | "totalBytes" | "bytesPerSecond">;

function progressRow(label: string, progress: Progress, columns: number): string {
  const { completedBytes, totalBytes, bytesPerSecond } = progress;
  const fraction = fractionOf(completedBytes, totalBytes);
  const percent = `${percentOf(fraction)}%`.padStart(4);
  const sizes = `${formatBytes(completedBytes)} / ${formatBytes(totalBytes)}`;
  const rate = bytesPerSecond > 0 ? ` ${formatBytes(bytesPerSecond)}/s` : "";
  for (const rest of [`${percent} ${sizes}${rate}`, `${percent} ${sizes}`, percent]) {
    const room = Math.min(WIDEST_BAR, columns - label.length - rest.length - 2);
    if (room >= NARROWEST_BAR) return `${label} ${bar(fraction, room)} ${rest}`;
  }
  return cut(`${label} ${percent.trim()}`, columns);
}

const cut = (text: string, columns: number): string => text.slice(0, Math.max(0, columns));

/** The live part of a terminal: a row a layer, as many as fit, and the sum below. */
export function liveRows(view: StartView, columns: number, rows: number): readonly string[] {
  if (view.blobs.size === 0) return [];
  const room = Math.max(1, rows - 3);
  const chosen = choose([...view.blobs.values()], room);
  const hidden = view.blobs.size - chosen.length;
  return [
    ...chosen.map((blob) => blobRow(blob, columns)),
    ...(hidden === 0 ? [] : [cut(`and ${hidden} more`, columns)]),
    ...(view.done ? [] : [sumRow(view, columns)]),
  ];
}

const URGENCY: Readonly<Record<BlobView["phase"], number>> = {
  copying: 0,
  downloading: 0,
  waiting: 1,
  done: 2,
  local: 3,
};

/** What moves is shown before what waits or rests; the order among the chosen stays as it was. */
function choose(blobs: readonly BlobView[], room: number): readonly BlobView[] {
  if (blobs.length <= room) return blobs;
  const urgent = blobs.toSorted((a, b) => URGENCY[a.phase] - URGENCY[b.phase]).slice(0, room);
  return blobs.filter((blob) => urgent.includes(blob));
}

function sumRow(view: StartView, columns: number): string {
  const blobs = [...view.blobs.values()];
  const sum = (of: (blob: BlobView) => number) => blobs.reduce((all, blob) => all + of(blob), 0);
  const completedBytes = sum((blob) => blob.completedBytes);
  const totalBytes = view.totals?.totalBytes || sum((blob) => blob.totalBytes);
  const bytesPerSecond = sum((blob) => blob.bytesPerSecond);
  const row = progressRow("total       ", { completedBytes, totalBytes, bytesPerSecond }, columns);
  const left = Math.max(0, totalBytes - completedBytes);
  if (bytesPerSecond <= 0 || left === 0) return row;
  const time = ` ${formatDuration(Math.max(1, left / bytesPerSecond) * 1_000)} left`;
  return row.length + time.length <= columns ? row + time : row;
}

/** The row of a layer that has passed a quarter of its way, or is complete: what a log shows instead of a bar that moves. */
export function quarterRow(before: BlobView | undefined, after: BlobView): string | undefined {
  if (after.phase === "local" || after.phase === "waiting") return undefined;
  const done = after.phase === "done";
  if (done && before?.phase === "done") return undefined;
  const quarters = quartersOf(after);
  if (!done && (quarters >= 4 || quarters <= (before === undefined ? 0 : quartersOf(before)))) {
    return undefined;
  }
  return blobRow(after, 80);
}

const quartersOf = (blob: BlobView): number =>
  blob.totalBytes === 0 ? 0 : Math.floor(fractionOf(blob.completedBytes, blob.totalBytes) * 4);
