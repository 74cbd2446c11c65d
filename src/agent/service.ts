import { setTimeout as sleep } from "node:timers/promises";
import type {
  BlobChunk,
  OciTorrentHandlers,
  ProgressEvent,
  ResolveResponse,
  StatusResponse,
  VerifyResponse,
  WatchTorrentResponse,
} from "../api/index.ts";
import {
  type Descriptor,
  type Digest,
  type FileBlobStore,
  formatReference,
  type ImageLayouts,
  OciError,
  type Reference,
} from "../oci/index.ts";
import { version } from "../runtime/index.ts";
import type { BlobTransfers } from "./blob-transfers.ts";
import type { DamagedBlobs } from "./damaged-blobs.ts";
import { AgentError } from "./errors.ts";
import { explainImage } from "./explain.ts";
import type { Handlers } from "./grpc-handlers.ts";
import { exportImage, importImage } from "./image-archives.ts";
import { MAX_DOCUMENT_BYTES, type Wanted } from "./image-plan.ts";
import type { ImageView } from "./image-state.ts";
import type { Images } from "./images.ts";
import type { OnRequest } from "./on-request.ts";
import {
  readDigest,
  readOptionalReference,
  readPlace,
  readReference,
  readStart,
  readWaitMs,
  readWanted,
} from "./requests.ts";
import { verifyImages } from "./scrub.ts";
import type { Seeding } from "./seeding.ts";
import { imageOf, statusOf } from "./status-view.ts";

export type ServiceDeps = {
  readonly images: Images;
  readonly store: FileBlobStore;
  readonly layouts: ImageLayouts;
  readonly blobs: BlobTransfers;
  readonly seeding?: Seeding;
  /** Is told of blobs that are not what they were. */
  readonly damaged?: Pick<DamagedBlobs, "suspect">;
  /** Absent where only what was started here is fetched. */
  readonly onRequest?: OnRequest;
  /** What this daemon tells leechers that have no tracker of their own. */
  readonly trackers: readonly string[];
  readonly role: "seeder" | "leecher" | "puller";
  readonly engine: "lean" | "webtorrent" | "none";
};

const CHUNK_BYTES = 64 * 1024;
/** At most five messages a second. */
const WATCH_MS = 200;

/** The daemon's gRPC service, in the words of src/api/proto/oci_torrent.proto. */
export function createService(deps: ServiceDeps, handlers: Handlers): OciTorrentHandlers {
  const { images } = deps;
  const { unary, stream } = handlers;
  return {
    GetVersion: unary(() => ({
      version,
      nodeVersion: process.version,
      engine: deps.engine,
      role: deps.role,
    })),
    Resolve: unary((request, signal) => {
      const asked = { reference: readReference(request.reference), wanted: readWanted(request) };
      return resolve(deps, asked, readWaitMs(request.waitSeconds), signal);
    }),
    GetBlob: stream(({ digest }) => chunksOf(deps, readDigest(digest))),
    StartDownload: stream((request, signal) => start(deps, request, signal)),
    StopDownload: unary(async ({ reference, keepPartial }) => ({
      stopped: [...(await images.stop(readReference(reference), keepPartial))],
    })),
    RemoveImage: unary(async ({ reference }) => ({
      freedBytes: await images.remove(readReference(reference)),
    })),
    ListImages: unary(() => ({ images: images.views().map(imageOf) })),
    Status: unary(({ reference }) => statusNow(deps, readOptionalReference(reference))),
    WatchStatus: stream(({ reference }, signal) =>
      watchStatus(deps, readOptionalReference(reference), signal),
    ),
    Explain: unary(({ reference: text }) => {
      const reference = readReference(text);
      return explainImage(reference, images.view(reference), deps);
    }),
    GetTorrent: unary(({ digest }) => torrentOf(deps, readDigest(digest))),
    WatchTorrent: stream(({ digest, withHashes }, signal) =>
      watchTorrent(deps, readDigest(digest), withHashes, signal),
    ),
    Verify: stream(({ reference }, signal) =>
      verify(deps, readOptionalReference(reference), signal),
    ),
    Import: stream(({ source, reference }, signal) =>
      importImage(deps, readPlace("source", source), readOptionalReference(reference), signal),
    ),
    Export: stream(({ reference, target }, signal) =>
      exportImage(
        deps,
        viewOf(deps, readReference(reference)),
        readPlace("target", target),
        signal,
      ),
    ),
  };
}

async function* start(
  { images }: ServiceDeps,
  request: Parameters<typeof readStart>[0],
  signal: AbortSignal,
): AsyncGenerator<ProgressEvent> {
  const events = await images.start(readStart(request));
  yield* events.follow(signal);
}

function viewOf({ images }: ServiceDeps, reference: Reference): ImageView {
  const view = images.view(reference);
  if (view !== undefined) return view;
  throw new AgentError(
    "IMAGE_UNKNOWN",
    `no image ${formatReference(reference)} here: \`oci-torrent-ctr list\` shows what there is`,
  );
}

const isResolved = (view: ImageView | undefined): view is ImageView =>
  view?.record.desired === "started" && view.record.top !== undefined && view.plan !== undefined;

async function resolve(
  deps: ServiceDeps,
  { reference, wanted }: { readonly reference: Reference; readonly wanted: Wanted },
  waitMs: number,
  signal: AbortSignal,
): Promise<ResolveResponse> {
  const given = new AbortController();
  const patience = AbortSignal.any([
    signal,
    given.signal,
    AbortSignal.timeout(Math.max(1, waitMs)),
  ]);
  deps.onRequest?.bring(reference, wanted).catch((error: unknown) => given.abort(error));
  while (true) {
    const view = deps.images.view(reference);
    if (isResolved(view)) return resolvedAnswer(deps, view);
    try {
      await deps.images.changes.next(patience);
    } catch {
      signal.throwIfAborted();
      given.signal.throwIfAborted();
      throw new AgentError(
        "IMAGE_UNKNOWN",
        `${formatReference(reference)} was not started here: run \`oci-torrent-ctr start\` on this seeder`,
      );
    }
  }
}

function resolvedAnswer(
  { trackers, seeding }: ServiceDeps,
  { record }: ImageView,
): ResolveResponse {
  const { mediaType, digest, size } = record.top as Descriptor;
  return {
    reference: formatReference(record.reference),
    mediaType,
    digest,
    size,
    platforms: record.wanted.kind === "all" ? [] : [...record.wanted.platforms],
    trackers: [...(trackers.length > 0 ? trackers : record.trackers)],
    cutThrough: seeding?.cutThrough ?? false,
  };
}

/** Indexes, manifests and configs of known images; a layer is what the swarm is for. */
async function* chunksOf(
  { images, store, damaged }: ServiceDeps,
  digest: Digest,
): AsyncGenerator<BlobChunk> {
  const isDocument = images
    .views()
    .some(({ plan }) =>
      [...(plan?.manifests ?? []), ...(plan?.configs ?? [])].some((d) => d.digest === digest),
    );
  if (!isDocument) {
    throw new AgentError(
      "BLOB_UNKNOWN",
      `no index, manifest or config ${digest} here: start its image on this daemon first`,
    );
  }
  const bytes = await store.read(digest, MAX_DOCUMENT_BYTES).catch((error: unknown) => {
    if (error instanceof OciError && error.code === "BLOB_CORRUPT") damaged?.suspect(digest);
    throw error;
  });
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    yield { data: bytes.subarray(at, at + CHUNK_BYTES) };
  }
}

function statusNow(deps: ServiceDeps, reference: Reference | undefined): StatusResponse {
  const views = reference === undefined ? deps.images.views() : [viewOf(deps, reference)];
  return { images: views.map((view) => statusOf(view, deps)) };
}

async function* watchStatus(
  deps: ServiceDeps,
  reference: Reference | undefined,
  signal: AbortSignal,
): AsyncGenerator<StatusResponse> {
  let last = "";
  while (true) {
    const now = statusNow(deps, reference);
    const text = JSON.stringify(now);
    if (text !== last) yield now;
    last = text;
    await sleep(WATCH_MS, undefined, { signal });
  }
}

function layerOf({ images }: ServiceDeps, digest: Digest): Descriptor {
  for (const { plan } of images.views()) {
    const layer = plan?.layers.find((candidate) => candidate.digest === digest);
    if (layer !== undefined) return layer;
  }
  throw new AgentError(
    "BLOB_UNKNOWN",
    `no image here has a layer ${digest}: start its image first`,
  );
}

async function torrentOf(deps: ServiceDeps, digest: Digest) {
  layerOf(deps, digest);
  const metainfo = await deps.seeding?.metainfo(digest);
  if (metainfo !== undefined) return { metainfo: Buffer.from(metainfo) };
  throw new AgentError(
    "NOT_READY",
    deps.seeding === undefined
      ? `there is no torrent of ${digest}: BitTorrent is off (--disable-bt)`
      : `there is no torrent of ${digest} yet: it is made when the layer is complete`,
  );
}

async function* watchTorrent(
  deps: ServiceDeps,
  digest: Digest,
  withHashes: boolean,
  signal: AbortSignal,
): AsyncGenerator<WatchTorrentResponse> {
  const { size } = layerOf(deps, digest);
  let last = -1;
  while (true) {
    if (deps.seeding?.isServing(digest)) {
      yield { ...(await torrentOf(deps, digest)), fetchedBytes: size, totalBytes: size };
      return;
    }
    refuseIfNobodyBrings(deps, digest);
    const fetchedBytes = deps.blobs.active(digest)?.completedBytes ?? 0;
    const hashes = (withHashes && deps.seeding?.hashesOf(digest)) || new Uint8Array();
    if (fetchedBytes !== last) {
      yield { fetchedBytes, totalBytes: size, hashes: Buffer.from(hashes) };
    }
    last = fetchedBytes;
    const tick = AbortSignal.any([signal, AbortSignal.timeout(WATCH_MS)]);
    await deps.images.changes.next(tick).catch(() => {});
    signal.throwIfAborted();
  }
}

/** Waiting is right only while some image is on its way that brings the layer. */
function refuseIfNobodyBrings({ images, seeding }: ServiceDeps, digest: Digest): void {
  if (seeding === undefined) {
    throw new AgentError("NOT_READY", "BitTorrent is off here (--disable-bt): ask another seeder");
  }
  const having = images
    .views()
    .filter(({ plan }) => plan?.layers.some((layer) => layer.digest === digest));
  if (having.some(({ state }) => state.state !== "stopped" && state.state !== "failed")) return;
  const why = having.map(({ state }) => ("message" in state ? state.message : state.state));
  throw new AgentError("NOT_READY", `${digest} does not come here: ${why.join("; ")}`);
}

async function* verify(
  deps: ServiceDeps,
  reference: Reference | undefined,
  signal: AbortSignal,
): AsyncGenerator<VerifyResponse> {
  const views = reference === undefined ? deps.images.views() : [viewOf(deps, reference)];
  yield* verifyImages(deps, views, signal);
}
