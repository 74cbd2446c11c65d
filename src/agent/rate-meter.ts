/** How fast a counter grows: bytes a second over the last few seconds. */
export interface RateMeter {
  /** The counter's value now; returns the rate. */
  at(bytes: number): number;
}

/** Younger samples count more; after this time an old one has lost most of its weight. */
const MEMORY_MS = 2_000;
const SHORTEST_SAMPLE_MS = 100;

export function createRateMeter(now: () => number): RateMeter {
  let last: { at: number; bytes: number } | undefined;
  let rate = 0;
  return {
    at(bytes) {
      const at = now();
      if (last === undefined) last = { at, bytes };
      const elapsed = at - last.at;
      if (elapsed < SHORTEST_SAMPLE_MS) return rate;
      const sample = ((bytes - last.bytes) * 1_000) / elapsed;
      const weight = rate === 0 ? 1 : 1 - Math.exp(-elapsed / MEMORY_MS);
      rate += weight * (sample - rate);
      last = { at, bytes };
      return Math.round(rate);
    },
  };
}
