/** How fast a counter grows: bytes a second over the last two seconds. */
export interface RateMeter {
  /** The counter's value now; returns the rate. A counter that goes back has begun anew. */
  at(bytes: number): number;
}

type Sample = { readonly at: number; readonly bytes: number };

const WINDOW_MS = 2_000;
const BETWEEN_SAMPLES_MS = 100;
/** What came in the first moments was on its way already: it says nothing of the seconds that follow. */
const SHORTEST_MS = 1_000;

/** `now` in milliseconds. */
export function createRateMeter(now: () => number): RateMeter {
  let samples: Sample[] = [];
  return {
    at(bytes) {
      const at = now();
      const newest = samples.at(-1);
      if (newest !== undefined && bytes < newest.bytes) samples = [];
      if (newest === undefined || at - newest.at >= BETWEEN_SAMPLES_MS || samples.length === 0) {
        samples.push({ at, bytes });
      }
      const since = samples.findLastIndex((sample) => sample.at <= at - WINDOW_MS);
      samples = samples.slice(Math.max(since, 0));
      const [oldest] = samples;
      if (oldest === undefined) return 0;
      return Math.round(((bytes - oldest.bytes) * 1_000) / Math.max(at - oldest.at, SHORTEST_MS));
    },
  };
}
