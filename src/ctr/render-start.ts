import type { ProgressEvent__Output, Totals__Output } from "../api/index.ts";
import { formatBytes } from "./bytes.ts";

export type BlobPhase = "waiting" | "copying" | "downloading" | "done" | "local";

/** One layer, as far as events have told. */
export type BlobView = {
  readonly hex: string;
  readonly phase: BlobPhase;
  readonly completedBytes: number;
  readonly totalBytes: number;
  readonly bytesPerSecond: number;
};

/** What is known of a transfer; `advance` makes the next one of each event. */
export type StartView = {
  /** The image or source as the user wrote it. */
  readonly shown: string;
  /** Where its manifest comes from: it decides the words for layers. */
  readonly origin: "registry" | "seeder";
  /** In the order in which they were first heard of. */
  readonly blobs: ReadonlyMap<string, BlobView>;
  /** Of what the reference names, once that is known. */
  readonly digest?: string;
  readonly totals?: Totals__Output;
  readonly done: boolean;
};

export type Advance = {
  readonly view: StartView;
  /** Lines to print for good, in plain text. */
  readonly lines: readonly string[];
};

export const beginView = (shown: string): StartView => ({
  shown,
  origin: "registry",
  blobs: new Map(),
  done: false,
});

export const hexOf = (digest: string): string => digest.slice(digest.indexOf(":") + 1);

/** The next view, and the words that belong to the event. */
export function advance(view: StartView, event: ProgressEvent__Output): Advance {
  const next = nextView(view, event);
  return { view: next, lines: linesOf(next, event) };
}

function nextView(view: StartView, event: ProgressEvent__Output): StartView {
  switch (event.step) {
    case "STEP_GET_LAYER_INFO":
      return { ...view, origin: "seeder" };
    case "STEP_START_IMAGE":
      return withTotals(view, event);
    case "STEP_COPY_BLOB":
      return withBlob(view, event, "copying");
    case "STEP_GET_TORRENT":
      return withBlob(view, event, "waiting");
    case "STEP_START_TORRENT":
      return withBlob(view, event, "downloading");
    case "STEP_PROGRESS":
      return withBlob(view, event, event.source === "SOURCE_PEER" ? "downloading" : "copying");
    case "STEP_LOCAL_BLOB":
      return withBlob(view, event, "local");
    case "STEP_BLOB_DONE":
      return withBlob(view, event, "done");
    case "STEP_DONE":
      return { ...withTotals(view, event), done: true };
    default:
      return view;
  }
}

function withTotals(view: StartView, { digest, totals }: ProgressEvent__Output): StartView {
  return {
    ...view,
    ...(digest === "" ? {} : { digest }),
    ...(totals === null ? {} : { totals }),
  };
}

function withBlob(view: StartView, event: ProgressEvent__Output, phase: BlobPhase): StartView {
  const hex = hexOf(event.digest);
  const before = view.blobs.get(hex);
  // A blob that was here all along is told done as well.
  const kept = before?.phase === "local" && phase === "done" ? "local" : phase;
  const totalBytes = event.totalBytes || before?.totalBytes || 0;
  const complete = phase === "done" || phase === "local";
  // Only a progress event can tell that bytes were given up.
  const reached =
    event.step === "STEP_PROGRESS"
      ? event.completedBytes
      : event.completedBytes || before?.completedBytes || 0;
  const blob: BlobView = {
    hex,
    phase: kept,
    completedBytes: complete ? totalBytes : reached,
    totalBytes,
    bytesPerSecond: complete ? 0 : event.bytesPerSecond,
  };
  return { ...view, blobs: new Map(view.blobs).set(hex, blob) };
}

function linesOf(view: StartView, event: ProgressEvent__Output): readonly string[] {
  const hex = hexOf(event.digest);
  switch (event.step) {
    case "STEP_INSPECT":
      return [`Inspect ${view.shown}`];
    case "STEP_GET_LAYER_INFO":
      return [`Get layer info ${view.shown}`];
    case "STEP_START_IMAGE":
      return view.origin === "seeder" ? [`Start download image: ${view.shown}`] : [];
    case "STEP_COPY_BLOB":
      return [`Copying blob sha256:${hex}`];
    case "STEP_LOCAL_BLOB":
      return [
        view.origin === "seeder"
          ? `${hex}: Already exists`
          : `Copying blob sha256:${hex} skipped: already exists`,
      ];
    case "STEP_GET_TORRENT":
      return [`${hex}: Get torrent data from seeder`];
    case "STEP_START_TORRENT":
      return [`${hex}: Start bittorrent downloading`];
    case "STEP_COPY_TO_LAYOUT":
      return [`${hex}: Copy to OCI directory`];
    case "STEP_COPY_CONFIG":
      return [`Copying config sha256:${hex}`];
    case "STEP_WRITE_MANIFEST":
      return ["Writing manifest to image destination"];
    case "STEP_START_SEEDING":
      return [`Start seeding ${hex}`];
    case "STEP_SEEDING":
      return [`Start seeding ${hex} success`];
    case "STEP_WAIT":
      return event.text === "" ? [] : [event.text];
    case "STEP_DONE":
      return event.totals === null ? [] : [totalsLine(event.totals)];
    default:
      return [];
  }
}

/** "Done: 3 layers, 12MB: 0B from registry, 10MB from peers, 2.0MB already local, 1.0MB resumed" */
export function totalsLine(totals: Totals__Output): string {
  const layers = `${totals.layers} ${totals.layers === 1 ? "layer" : "layers"}`;
  return (
    `Done: ${layers}, ${formatBytes(totals.totalBytes)}: ` +
    `${formatBytes(totals.registryBytes)} from registry, ` +
    `${formatBytes(totals.peerBytes)} from peers, ` +
    `${formatBytes(totals.localBytes)} already local, ` +
    `${formatBytes(totals.resumedBytes)} resumed`
  );
}
