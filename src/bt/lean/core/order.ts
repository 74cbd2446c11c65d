// The order of work, the same on every node: priority, then images in turn, then a blob's place in its manifest.
import type { Blob, State } from "./state.ts";

const byOrder = (a: Blob, b: Blob): number =>
  b.priority - a.priority ||
  a.startedMs - b.startedMs ||
  compare(imageOf(a), imageOf(b)) ||
  a.rank - b.rank ||
  (a.key < b.key ? -1 : 1);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const imageOf = ({ images, group }: Blob): string => images[0] ?? group;

export function inOrder(state: State): readonly Blob[] {
  state.order ??= [...state.blobs.values()].sort(byOrder);
  return state.order;
}

/** Of one priority: the blobs of each image in a row of their own, images that began first ahead. */
export type Level = readonly (readonly Blob[])[];

/** Highest priority first; only blobs that pass. */
export function levels(state: State, isWanted: (blob: Blob) => boolean): Level[] {
  const found: Blob[][][] = [];
  let [priority, image]: [number | undefined, string | undefined] = [undefined, undefined];
  for (const blob of inOrder(state)) {
    if (!isWanted(blob)) continue;
    if (blob.priority !== priority) found.push([]);
    const level = found.at(-1);
    if (blob.priority !== priority || imageOf(blob) !== image) level?.push([]);
    level?.at(-1)?.push(blob);
    [priority, image] = [blob.priority, imageOf(blob)];
  }
  return found;
}
