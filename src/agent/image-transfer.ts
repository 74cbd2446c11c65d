import type { ProgressEvent, Step } from "../api/index.ts";
import {
  type BlobStore,
  type Descriptor,
  type Digest,
  formatReference,
  type ImageLayouts,
  OciError,
  type Reference,
} from "../oci/index.ts";
import type { BlobTransfers, Fill, Obtained } from "./blob-transfers.ts";
import type { EventLog } from "./event-log.ts";
import { blobsOf, type ImagePlan, MAX_DOCUMENT_BYTES, planImage } from "./image-plan.ts";
import type { ImageRecord } from "./image-record.ts";
import { type LayerTotals, noTotals } from "./image-state.ts";
import type { LayerRequest, Origin } from "./origin.ts";
import type { Seeding } from "./seeding.ts";

export type ImageTransferDeps = {
  readonly store: BlobStore;
  readonly layouts: ImageLayouts;
  readonly blobs: BlobTransfers;
  /** Absent while BitTorrent is off. */
  readonly seeding?: Seeding;
  /** The daemon's own announce URLs; without any, those that come with the image are used. */
  readonly trackers: readonly string[];
  /** Asked before the first layer is brought; absent where every image is let in. */
  readonly admit?: Admission;
};

/**
 * Resolves when there is room for these layers of an image, with what is to be called once they have been brought. Says in a
 * sentence why not yet.
 */
export type Admission = (
  name: string,
  layers: readonly Descriptor[],
  onWait: (message: string) => void,
  signal: AbortSignal,
) => Promise<() => void>;

/** One run of one image: what it works on, and whom it tells. */
export type Run = {
  readonly origin: Origin;
  readonly events: EventLog;
  readonly signal: AbortSignal;
  /** The reference was resolved; what it is now belongs into the record. */
  resolved(top: Descriptor, trackers: readonly string[]): Promise<ImageRecord>;
  planned(plan: ImagePlan): void;
  /** There is no room for its layers, and why. */
  waits(message: string): void;
  /** There is room, so its layers are brought now. */
  admitted(): void;
  stored(digest: Digest, totals: LayerTotals): void;
  /** The layer can be had from this daemon by others. */
  serving(digest: Digest): void;
};

/**
 * Brings one image into the store, its layout and the swarm: resolve, plan, bring, write, seed. With a pinned `top` in the
 * record and `fresh` false nobody is asked what the tag is.
 */
export async function transferImage(
  deps: ImageTransferDeps,
  record: ImageRecord,
  fresh: boolean,
  run: Run,
): Promise<void> {
  const pinned = fresh || record.top === undefined ? await resolve(deps, record, run) : record;
  const plan = await plot(deps, pinned, run);
  const trackers = deps.trackers.length > 0 ? deps.trackers : pinned.trackers;
  const totals = await withRoom(deps, pinned.reference, plan, run, () =>
    bringLayers(deps, pinned.reference, plan, trackers, run),
  );
  await writeLayout(deps, pinned.reference, plan, run);
  await announceSeeding(deps, pinned.reference, plan, run);
  tell(run, pinned.reference, "STEP_DONE", { digest: plan.top.digest, totals });
}

async function resolve(
  { store }: ImageTransferDeps,
  { reference }: ImageRecord,
  run: Run,
): Promise<ImageRecord> {
  tell(run, reference, run.origin.kind === "registry" ? "STEP_INSPECT" : "STEP_GET_LAYER_INFO");
  const onWait = (text: string) => tell(run, reference, "STEP_WAIT", { text });
  const resolved = await run.origin.resolve(reference, onWait, run.signal);
  refuseOther(reference, resolved.descriptor);
  await store.put(resolved.descriptor.digest, resolved.bytes);
  return await run.resolved(resolved.descriptor, resolved.trackers);
}

/** A name with a digest means that image and no other, whoever answers. Throws BLOB_CORRUPT. */
export function refuseOther(reference: Reference, { digest }: Descriptor): void {
  if (reference.digest === undefined || reference.digest === digest) return;
  throw new OciError(
    "BLOB_CORRUPT",
    `could not take ${formatReference(reference)}: what is there under this name has the digest ${digest}: ask for that one, or without a digest`,
  );
}

/** Reads the image's documents, from the store where it has them, and keeps the others there. */
async function plot(deps: ImageTransferDeps, record: ImageRecord, run: Run): Promise<ImagePlan> {
  const read = async (descriptor: Descriptor) => {
    const stored = await readStored(deps.store, descriptor);
    if (stored !== undefined) return stored;
    const bytes = await run.origin.document(record.reference, descriptor, run.signal);
    await deps.store.put(descriptor.digest, bytes);
    return bytes;
  };
  const plan = await planImage(record.top as Descriptor, record.wanted, read);
  for (const config of plan.configs) await read(config);
  run.planned(plan);
  return plan;
}

async function readStored(
  store: BlobStore,
  { digest }: Descriptor,
): Promise<Uint8Array | undefined> {
  if ((await store.stat(digest)) === undefined) return undefined;
  try {
    return await store.read(digest, MAX_DOCUMENT_BYTES);
  } catch (error) {
    if (!(error instanceof OciError) || error.code !== "BLOB_CORRUPT") throw error;
    await store.quarantine(digest);
    return undefined;
  }
}

async function withRoom<Result>(
  { admit }: ImageTransferDeps,
  reference: Reference,
  { layers }: ImagePlan,
  run: Run,
  work: () => Promise<Result>,
): Promise<Result> {
  if (admit === undefined) return await work();
  const onDone = await admit(formatReference(reference), layers, run.waits, run.signal);
  run.admitted();
  try {
    return await work();
  } finally {
    onDone();
  }
}

async function bringLayers(
  deps: ImageTransferDeps,
  reference: Reference,
  plan: ImagePlan,
  trackers: readonly string[],
  run: Run,
): Promise<LayerTotals> {
  const totalBytes = plan.layers.reduce((sum, { size }) => sum + size, 0);
  let totals: LayerTotals = { ...noTotals, layers: plan.layers.length, totalBytes };
  tell(run, reference, "STEP_START_IMAGE", { digest: plan.top.digest, totals });
  const bring = async (layer: Descriptor) => {
    const obtained = await bringLayer(deps, { reference, layer, trackers }, run);
    totals = withObtained(totals, layer, obtained);
    run.stored(layer.digest, totals);
    // Others can have this layer while we still bring the next.
    await deps.seeding?.serve(layer, obtained.delivery.torrent, trackers, run.signal);
    run.serving(layer.digest);
  };
  await allOrFirstError(plan.layers.map(bring));
  return totals;
}

/** Waits for all even when one fails, so that nothing of this run is under way after it. */
async function allOrFirstError(tasks: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(tasks);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

async function bringLayer(
  { blobs }: ImageTransferDeps,
  request: LayerRequest,
  run: Run,
): Promise<Obtained> {
  const { reference, layer } = request;
  const { digest, size } = layer;
  const source = run.origin.kind === "registry" ? "SOURCE_REGISTRY" : "SOURCE_PEER";
  const about = { reference: formatReference(reference), digest, totalBytes: size };
  const watcher = {
    step: (step: Step) => run.events.step({ ...about, step, source }),
    progress: (progress: { completedBytes: number; bytesPerSecond: number }) =>
      run.events.progress({ ...about, ...progress, step: "STEP_PROGRESS", source }),
  };
  const fill: Fill = {
    source,
    run: (sink, signal) => run.origin.layer(request, sink, signal),
  };
  const obtained = await blobs.obtain(layer, fill, watcher, run.signal);
  const done = { ...about, completedBytes: size, source: obtained.source };
  if (obtained.source === "SOURCE_LOCAL") run.events.step({ ...done, step: "STEP_LOCAL_BLOB" });
  run.events.step({ ...done, step: "STEP_BLOB_DONE" });
  return obtained;
}

const withObtained = (
  totals: LayerTotals,
  layer: Descriptor,
  { source, delivery }: Obtained,
): LayerTotals => ({
  ...totals,
  registryBytes: totals.registryBytes + delivery.registryBytes,
  peerBytes: totals.peerBytes + delivery.peerBytes,
  resumedBytes: totals.resumedBytes + delivery.resumedBytes,
  localBytes: totals.localBytes + (source === "SOURCE_LOCAL" ? layer.size : 0),
});

async function writeLayout(
  { layouts }: ImageTransferDeps,
  reference: Reference,
  plan: ImagePlan,
  run: Run,
): Promise<void> {
  if (run.origin.kind === "seeder") {
    for (const { digest } of plan.layers) tell(run, reference, "STEP_COPY_TO_LAYOUT", { digest });
  }
  for (const { digest } of plan.configs) tell(run, reference, "STEP_COPY_CONFIG", { digest });
  tell(run, reference, "STEP_WRITE_MANIFEST", { digest: plan.top.digest });
  run.signal.throwIfAborted();
  const content = blobsOf(plan).map(({ digest }) => digest);
  await layouts.writeImage(reference, plan.top, content);
}

/** A seeder says of each layer that it is served; a leecher serves too, and its users are told of the download alone. */
async function announceSeeding(
  { seeding }: ImageTransferDeps,
  reference: Reference,
  plan: ImagePlan,
  run: Run,
): Promise<void> {
  if (seeding === undefined || run.origin.kind !== "registry") return;
  for (const { digest } of plan.layers) {
    tell(run, reference, "STEP_START_SEEDING", { digest });
    if (seeding.isServing(digest)) tell(run, reference, "STEP_SEEDING", { digest });
  }
}

const tell = (run: Run, reference: Reference, step: Step, more: ProgressEvent = {}): void =>
  run.events.step({ ...more, step, reference: formatReference(reference) });
