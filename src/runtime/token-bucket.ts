/** How many bytes may pass now, and since when that has been true. A negative count is a debt to wait for. */
export type Bucket = {
  readonly bytesPerSecond: number;
  readonly tokens: number;
  readonly atMs: number;
};

const MIN_BURST_BYTES = 64 * 1024;
const BURST_SECONDS = 0.02;

/**
 * What may pass at once after a pause: one chunk of a socket or 20 ms of the rate, whichever is more, so that a timer
 * that fires late loses nothing; never more than a second's worth, so that a slow rate holds over seconds.
 */
export const burstBytes = (bytesPerSecond: number): number =>
  Math.min(bytesPerSecond, Math.max(MIN_BURST_BYTES, bytesPerSecond * BURST_SECONDS));

export const fullBucket = (bytesPerSecond: number, nowMs: number): Bucket => ({
  bytesPerSecond,
  tokens: burstBytes(bytesPerSecond),
  atMs: nowMs,
});

export function refill(bucket: Bucket, nowMs: number): Bucket {
  const gained = ((nowMs - bucket.atMs) / 1000) * bucket.bytesPerSecond;
  const tokens = Math.min(burstBytes(bucket.bytesPerSecond), bucket.tokens + gained);
  return { ...bucket, tokens, atMs: nowMs };
}

/** Keeps the debt, but not more savings than the new rate allows. */
export const withRate = (bucket: Bucket, bytesPerSecond: number, nowMs: number): Bucket =>
  refill({ ...refill(bucket, nowMs), bytesPerSecond }, nowMs);

export const spend = (bucket: Bucket, bytes: number): Bucket => ({
  ...bucket,
  tokens: bucket.tokens - bytes,
});

/** Whole milliseconds until `bytes` may pass. More than a burst passes as soon as the bucket is full, and leaves a debt. */
export function waitMs(bucket: Bucket, bytes: number): number {
  const lacking = Math.min(bytes, burstBytes(bucket.bytesPerSecond)) - bucket.tokens;
  // What rounding leaves lacking is no byte.
  return lacking < 0.001 ? 0 : Math.ceil((lacking / bucket.bytesPerSecond) * 1000);
}
