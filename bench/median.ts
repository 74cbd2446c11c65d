/** The middle sample, or the mean of the middle two. Throws a RangeError when there is none. */
export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)];
  if (upper === undefined) throw new RangeError("no sample, no median");
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? upper) + upper) / 2 : upper;
}

/** Each sample over the one at the same place in `others`. */
export function ratios(samples: readonly number[], others: readonly number[]): number[] {
  if (samples.length !== others.length) throw new RangeError("ratios need as many samples of both");
  return samples.map((sample, index) => sample / (others[index] ?? Number.NaN));
}

/** The same contenders in turn from the first and from the last, so that none always runs on what another left. */
export const alternated = <T>(contenders: readonly T[], run: number): readonly T[] =>
  run % 2 === 0 ? contenders : contenders.toReversed();
