/** Lets each key through a number of times a second, with a burst; remembers a bounded number of keys. */
export type RateGate = { passes(key: string, now: number): boolean };

export function createRateGate(perSecond: number, burst: number, maxKeys: number): RateGate {
  const buckets = new Map<string, { tokens: number; countedAt: number }>();
  return {
    passes: (key, now) => {
      const bucket = buckets.get(key) ?? { tokens: burst, countedAt: now };
      const earned = ((now - bucket.countedAt) * perSecond) / 1000;
      const tokens = Math.min(burst, bucket.tokens + earned);
      const passes = tokens >= 1;
      // Put last, so that the first key is the one that asked longest ago.
      buckets.delete(key);
      buckets.set(key, { tokens: passes ? tokens - 1 : tokens, countedAt: now });
      const [oldest] = buckets.keys();
      if (buckets.size > maxKeys && oldest !== undefined) buckets.delete(oldest);
      return passes;
    },
  };
}
