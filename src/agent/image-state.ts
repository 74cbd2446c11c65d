import type { Digest } from "../oci/index.ts";
import { AgentError } from "./errors.ts";
import { failureReason } from "./failure-reason.ts";
import type { ImagePlan } from "./image-plan.ts";
import type { ImageRecord } from "./image-record.ts";

/** Where an image is on its way into the store. */
export type ImageState =
  | { readonly state: "resolving" }
  | { readonly state: "transferring" }
  /** Nothing moves until something outside changes; the transfer goes on by itself then. */
  | { readonly state: "paused"; readonly reason: string; readonly message: string }
  | { readonly state: "seeding" }
  /** Everything is stored, and BitTorrent is off. */
  | { readonly state: "complete" }
  | { readonly state: "stopped" }
  | { readonly state: "failed"; readonly reason: string; readonly message: string };

/** Bytes of an image's layers, by where this run had them from; `resumed` were left verified by an earlier run. */
export type LayerTotals = {
  readonly layers: number;
  readonly totalBytes: number;
  readonly registryBytes: number;
  readonly peerBytes: number;
  readonly localBytes: number;
  readonly resumedBytes: number;
};

/** What is known of one image at one moment. */
export type ImageView = {
  readonly record: ImageRecord;
  readonly state: ImageState;
  /** Known once the manifests have been read. */
  readonly plan?: ImagePlan;
  /** Layers that are stored and verified. */
  readonly stored: ReadonlySet<Digest>;
  readonly totals: LayerTotals;
};

export const isUnderWay = ({ state }: ImageState): boolean =>
  state === "resolving" || state === "transferring" || state === "paused";

export const isSettled = ({ state }: ImageState): boolean =>
  state === "seeding" || state === "complete";

export const noTotals: LayerTotals = {
  layers: 0,
  totalBytes: 0,
  registryBytes: 0,
  peerBytes: 0,
  localBytes: 0,
  resumedBytes: 0,
};

/** What is left of a run that ended with this error. */
export function stateAfter(error: unknown): ImageState {
  if (error instanceof AgentError && (error.code === "STOPPED" || error.code === "SHUTTING_DOWN")) {
    return { state: "stopped" };
  }
  return { state: "failed", reason: failureReason(error), message: (error as Error).message };
}
