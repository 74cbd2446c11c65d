// The order of work, the same on every node: priority, then images in turn, then a blob's place in its manifest.
import type { Blob, State } from "./state.ts";

const byOrder = (a: Blob, b: Blob): number =>
  b.priority - a.priority ||
  a.startedMs - b.startedMs ||
  (a.group < b.group ? -1 : a.group > b.group ? 1 : 0) ||
  a.rank - b.rank ||
  (a.key < b.key ? -1 : 1);

export function inOrder(state: State): readonly Blob[] {
  state.order ??= [...state.blobs.values()].sort(byOrder);
  return state.order;
}

/** Of one priority: the blobs of each image in a row of their own, images that began first ahead. */
export type Level = readonly (readonly Blob[])[];

/** Highest priority first; only blobs that pass. */
export function levels(state: State, isWanted: (blob: Blob) => boolean): Level[] {
  const found: Blob[][][] = [];
  let [priority, group]: [number | undefined, string | undefined] = [undefined, undefined];
  for (const blob of inOrder(state)) {
    if (!isWanted(blob)) continue;
    if (blob.priority !== priority) found.push([]);
    const level = found.at(-1);
    if (blob.priority !== priority || blob.group !== group) level?.push([]);
    level?.at(-1)?.push(blob);
    [priority, group] = [blob.priority, blob.group];
  }
  return found;
}
