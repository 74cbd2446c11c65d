// Rates of images, under those of the node: each image has a bucket a direction. A blob whose image has to wait is left alone until then, and holds up
// no other.
import { type Bucket, createBucket, readyAtMs, take } from "./meters.ts";
import type { Blob, State } from "./state.ts";

export type ImageLimits = { readonly download: Bucket; readonly upload: Bucket };
export type Way = keyof ImageLimits;

/** Whose turn it is when its bucket is full is somebody else's at times, and then it catches up. */
const BLOCKS = 2;

/** Bytes a second; 0 is no limit. */
export function setImageLimits(
  state: State,
  image: string,
  { uploadBps, downloadBps }: { readonly uploadBps: number; readonly downloadBps: number },
): void {
  if (uploadBps === 0 && downloadBps === 0) state.imageLimits.delete(image);
  else {
    const known = state.imageLimits.get(image);
    const { download, upload } = known ?? {
      download: createBucket(BLOCKS),
      upload: createBucket(BLOCKS),
    };
    download.bps = downloadBps;
    upload.bps = uploadBps;
    state.imageLimits.set(image, { download, upload });
  }
  endWaits(state);
}

/** Who waited may go at once now, or has to wait for longer. */
export function endWaits(state: State): void {
  for (const blob of state.waiting) Object.assign(blob.untilMs, { download: 0, upload: 0 });
  lookAtWaits(state);
  state.isWindowStale = true;
  state.mustAsk = true;
  state.mustServe = true;
}

/** Of several images that want the blob, the fastest counts. */
function bucketOf(state: State, blob: Blob, way: Way): Bucket | undefined {
  let fastest: Bucket | undefined;
  for (const image of blob.images) {
    const bucket = state.imageLimits.get(image)?.[way];
    if (bucket === undefined || bucket.bps === 0) return undefined;
    if (fastest === undefined || bucket.bps > fastest.bps) fastest = bucket;
  }
  return fastest;
}

/** Bytes a second that the blob may have, of its image's and the node's; 0 is no limit. */
export function limitOf(state: State, blob: Blob, way: Way): number {
  const image = bucketOf(state, blob, way)?.bps ?? 0;
  const node = nodeBucket(state, way).bps;
  return image === 0 || node === 0 ? image + node : Math.min(image, node);
}

export const isWaiting = (state: State, blob: Blob, way: Way): boolean =>
  blob.untilMs[way] > state.now;

const nodeBucket = ({ downBucket, upBucket }: State, way: Way): Bucket =>
  way === "download" ? downBucket : upBucket;

/** Takes the bytes from both buckets, or from none, and says which has to fill first. */
export function takeBytes(
  state: State,
  blob: Blob,
  way: Way,
  bytes: number,
): "taken" | "image waits" | "node waits" {
  const bucket = bucketOf(state, blob, way);
  if (bucket !== undefined && !take(bucket, state.now, bytes)) {
    blob.untilMs[way] = Math.max(state.now + 1, readyAtMs(bucket, bytes));
    state.waiting.add(blob);
    state.isWindowStale = true;
    return "image waits";
  }
  if (take(nodeBucket(state, way), state.now, bytes)) return "taken";
  if (bucket !== undefined) bucket.tokens += bytes;
  return "node waits";
}

/** Once a step: whose time has come is asked for, and served, again. */
export function lookAtWaits(state: State): void {
  for (const blob of state.waiting) {
    const { download, upload } = blob.untilMs;
    if (download <= state.now && upload <= state.now) state.waiting.delete(blob);
    if (download > 0 && download <= state.now) {
      blob.untilMs.download = 0;
      state.version++;
      state.isWindowStale = true;
      state.mustAsk = true;
    }
    if (upload > 0 && upload <= state.now) {
      blob.untilMs.upload = 0;
      state.mustServe = true;
    }
  }
}

/** When the next of them is due. */
export function nextWaitMs({ waiting, now }: State): number {
  let next = Number.POSITIVE_INFINITY;
  for (const { untilMs } of waiting) {
    for (const atMs of [untilMs.download, untilMs.upload]) {
      if (atMs > now) next = Math.min(next, atMs);
    }
  }
  return next;
}
