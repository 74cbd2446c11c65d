const FIRST_MS = 60_000;
const LONGEST_MS = 600_000;

/**
 * How long an image that could not be resolved is left alone: 1 min, doubled with each failure in a row, at most 10 min;
 * up to a fifth less by chance, so that many do not come at once.
 * @param failures in a row, the last one counted
 * @param random from 0 to 1
 */
export const resolveRetryMs = (failures: number, random: () => number): number =>
  Math.round(Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(20, failures - 1)) * (1 - random() / 5));
