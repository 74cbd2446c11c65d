/** The least a server must give: see `RegistryLimits.minimumRate`. */
export type MinimumRate = { readonly bytesPerSecond: number; readonly windowMs: number };

/**
 * Counts only the time spent waiting for the server, so that a slow disk or a rate limit of our own is never
 * taken for a slow server. `note` is true when a whole window of waiting has brought too little.
 */
export function createRateFloor(rate: MinimumRate): {
  note(bytes: number, waitedMs: number): boolean;
} {
  let windowBytes = 0;
  let windowWaitedMs = 0;
  return {
    note(bytes, waitedMs) {
      windowBytes += bytes;
      windowWaitedMs += waitedMs;
      if (windowWaitedMs < rate.windowMs) return false;
      const tooSlow = windowBytes < (rate.bytesPerSecond * windowWaitedMs) / 1_000;
      windowBytes = 0;
      windowWaitedMs = 0;
      return tooSlow;
    },
  };
}
