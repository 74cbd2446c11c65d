import type { ProgressEvent__Output, Totals__Output } from "../src/api/index.ts";

export type LayerProgress = {
  readonly digest: string;
  readonly completedBytes: number;
  readonly totalBytes: number;
  readonly bytesPerSecond: number;
};

/** How far one image is on one node, as far as its events have told. */
export type NodeProgress = {
  readonly node: string;
  readonly state: "waiting" | "transferring" | "killed" | "done";
  /** In the order in which they were first heard of. */
  readonly layers: ReadonlyMap<string, LayerProgress>;
  /** Known as soon as the image's layers are; final when it is done. */
  readonly totals?: Totals__Output;
};

export const notBegun = (node: string): NodeProgress => ({
  node,
  state: "waiting",
  layers: new Map(),
});

/** The progress after an event. */
export function advance(progress: NodeProgress, event: ProgressEvent__Output): NodeProgress {
  switch (event.step) {
    case "STEP_START_IMAGE":
      return { ...withTotals(progress, event), state: "transferring" };
    case "STEP_PROGRESS":
      return withLayer(progress, event, event.completedBytes);
    case "STEP_LOCAL_BLOB":
    case "STEP_BLOB_DONE":
      return withLayer(progress, { ...event, bytesPerSecond: 0 }, event.totalBytes);
    case "STEP_DONE":
      return { ...withTotals(progress, event), state: "done" };
    default:
      return progress;
  }
}

const withTotals = (progress: NodeProgress, { totals }: ProgressEvent__Output): NodeProgress =>
  totals === null ? progress : { ...progress, totals };

function withLayer(
  progress: NodeProgress,
  { digest, totalBytes, bytesPerSecond }: ProgressEvent__Output,
  completedBytes: number,
): NodeProgress {
  const layer = { digest, totalBytes, completedBytes, bytesPerSecond };
  return { ...progress, layers: new Map(progress.layers).set(digest, layer) };
}

/** All layers of the image as one; before its size is known, nothing of nothing. */
export function sumOf({ layers, totals }: NodeProgress): Omit<LayerProgress, "digest"> {
  const sum = { completedBytes: 0, totalBytes: totals?.totalBytes ?? 0, bytesPerSecond: 0 };
  for (const { completedBytes, bytesPerSecond } of layers.values()) {
    sum.completedBytes += completedBytes;
    sum.bytesPerSecond += bytesPerSecond;
  }
  return sum;
}

/** From 0 to 1. */
export function fractionDone(progress: NodeProgress): number {
  const { completedBytes, totalBytes } = sumOf(progress);
  return totalBytes === 0 ? 0 : completedBytes / totalBytes;
}

/** Where a node is killed: at its first progress event from here on. */
const KILL_AT = 0.4;

/** Whether a node that is to be killed in the middle is there: before it, in it, or past it. */
export function momentOf(progress: NodeProgress, { step }: ProgressEvent__Output): Moment {
  const fraction = fractionDone(progress);
  if (progress.state === "done" || fraction >= 1) return "too late";
  return step === "STEP_PROGRESS" && fraction >= KILL_AT ? "now" : "too early";
}

export type Moment = "too early" | "now" | "too late";
