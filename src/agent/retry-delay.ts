const FIRST_MS = 30_000;
const LONGEST_MS = 10 * 60_000;

/** What failed for the nth time is tried again after 30 s, twice that, and so on up to 10 minutes. */
export const retryDelayMs = (failures: number): number =>
  Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 10));
