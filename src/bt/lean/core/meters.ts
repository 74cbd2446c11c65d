// Rates, medians and token buckets, all from the clock at use: none needs a timer.

const SLOTS = 10;
const SLOT_MS = 100;

/** Bytes over the last second, in tenths of it. */
export type RateMeter = {
  readonly slots: Float64Array;
  sinceMs: number;
  slot: number;
  sum: number;
};

export const createRateMeter = (nowMs: number): RateMeter => ({
  slots: new Float64Array(SLOTS),
  sinceMs: nowMs,
  slot: Math.floor(nowMs / SLOT_MS),
  sum: 0,
});

function moveTo(meter: RateMeter, nowMs: number): void {
  const slot = Math.floor(nowMs / SLOT_MS);
  const steps = Math.min(slot - meter.slot, SLOTS);
  for (let step = 1; step <= steps; step++) {
    const index = (slot - steps + step) % SLOTS;
    meter.sum -= meter.slots[index] ?? 0;
    meter.slots[index] = 0;
  }
  meter.slot = slot;
}

export function addBytes(meter: RateMeter, nowMs: number, bytes: number): void {
  moveTo(meter, nowMs);
  const index = meter.slot % SLOTS;
  meter.slots[index] = (meter.slots[index] ?? 0) + bytes;
  meter.sum += bytes;
}

/** Over the last second, or since the start when that is shorter (but never less than a tenth). */
export function bytesPerSecond(meter: RateMeter, nowMs: number): number {
  moveTo(meter, nowMs);
  const spanMs = Math.min(SLOTS * SLOT_MS, Math.max(SLOT_MS, nowMs - meter.sinceMs));
  return (meter.sum * 1000) / spanMs;
}

const SAMPLES = 15;

/** The median of the last 15 samples. */
export type Median = { readonly samples: number[]; next: number; cached: number | undefined };

export const createMedian = (): Median => ({ samples: [], next: 0, cached: undefined });

export function addSample(median: Median, value: number): void {
  median.samples[median.next] = value;
  median.next = (median.next + 1) % SAMPLES;
  median.cached = undefined;
}

/** 0 without samples. */
export function medianOf(median: Median): number {
  if (median.cached === undefined) {
    const sorted = median.samples.toSorted((a, b) => a - b);
    median.cached = sorted[sorted.length >> 1] ?? 0;
  }
  return median.cached;
}

const BURST_MS = 20;

/** Bytes that may pass now. `bps` 0 means no limit. */
export type Bucket = {
  bps: number;
  tokens: number;
  atMs: number;
  /** What it holds at least, in blocks. */
  readonly blocks: number;
};

export const createBucket = (blocks = 1): Bucket => ({ bps: 0, tokens: 0, atMs: 0, blocks });

/** Holds at most its blocks or 20 ms of the rate, whichever is more. */
function refill(bucket: Bucket, nowMs: number, blockBytes: number): void {
  const burst = Math.max(bucket.blocks * blockBytes, (bucket.bps * BURST_MS) / 1000);
  const earned = ((nowMs - bucket.atMs) * bucket.bps) / 1000;
  bucket.tokens = Math.min(burst, bucket.tokens + earned);
  bucket.atMs = nowMs;
}

/** True when the bytes may pass, which is then charged. */
export function take(bucket: Bucket, nowMs: number, bytes: number): boolean {
  if (bucket.bps === 0) return true;
  refill(bucket, nowMs, bytes);
  if (bucket.tokens < bytes) return false;
  bucket.tokens -= bytes;
  return true;
}

/** When `bytes` may pass. */
export const readyAtMs = (bucket: Bucket, bytes: number): number =>
  bucket.bps === 0
    ? bucket.atMs
    : bucket.atMs + Math.max(0, Math.ceil(((bytes - bucket.tokens) * 1000) / bucket.bps));

/** Blocks get smaller below 10 a second, so that a slow link still answers often. */
export function blockBytesAt(bps: number, blockBytes: number, smallest: number): number {
  if (bps === 0) return blockBytes;
  const tenth = Math.floor(bps / 10 / smallest) * smallest;
  return Math.min(blockBytes, Math.max(smallest, tenth));
}
