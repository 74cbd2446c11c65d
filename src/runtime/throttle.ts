import type { Clock } from "./clock.ts";
import { fullBucket, refill, spend, waitMs, withRate } from "./token-bucket.ts";

/** Holds a flow of bytes to a rate. Takers are served in the order in which they came. */
export type Throttle = {
  /**
   * Settles when `bytes` may pass.
   * @throws the signal's reason when it aborts first; the bytes then do not count.
   */
  take(bytes: number, signal: AbortSignal): Promise<void>;
  /** Bytes per second, 0 for no limit; holds at once, for those who wait too. */
  setRate(bytesPerSecond: number): void;
};

export function createThrottle(bytesPerSecond: number, clock: Clock): Throttle {
  let bucket = bytesPerSecond === 0 ? undefined : fullBucket(bytesPerSecond, clock.now());
  let waiting = 0;
  let lastTurn = Promise.resolve();
  let wakeFirst = () => {};

  /** Spends and answers 0, or answers how long to wait before trying again. */
  const trySpend = (bytes: number): number => {
    if (bucket === undefined) return 0;
    bucket = refill(bucket, clock.now());
    const wait = waitMs(bucket, bytes);
    if (wait === 0) bucket = spend(bucket, bytes);
    return wait;
  };

  const takeAsFirst = async (bytes: number, signal: AbortSignal) => {
    for (let wait = trySpend(bytes); wait > 0; wait = trySpend(bytes)) {
      const woken = new AbortController();
      wakeFirst = () => woken.abort();
      signal.addEventListener("abort", wakeFirst, { once: true });
      // It fails only when woken, and then what follows is all there is to do.
      await clock.sleep(wait, woken.signal).catch(() => {});
      signal.removeEventListener("abort", wakeFirst);
      signal.throwIfAborted();
    }
  };

  return {
    async take(bytes, signal) {
      signal.throwIfAborted();
      if (waiting === 0 && trySpend(bytes) === 0) return;
      waiting += 1;
      const before = lastTurn;
      const turn = Promise.withResolvers<void>();
      lastTurn = turn.promise;
      try {
        await settledOrAborted(before, signal);
        await takeAsFirst(bytes, signal);
      } finally {
        waiting -= 1;
        // Whoever leaves early still keeps the order of those around.
        turn.resolve(before);
      }
    },
    setRate(rate) {
      const now = clock.now();
      if (rate === 0) bucket = undefined;
      else bucket = bucket === undefined ? fullBucket(rate, now) : withRate(bucket, rate, now);
      wakeFirst();
    },
  };
}

function settledOrAborted(before: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    const pass = () => {
      signal.removeEventListener("abort", abort);
      resolve();
    };
    before.then(pass, pass);
  });
}
