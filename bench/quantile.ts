/** The smallest sample that at least this part of all samples does not exceed (nearest rank). Throws a RangeError when there is none. */
export function quantile(samples: readonly number[], part: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
  if (value === undefined) throw new RangeError("no sample, no quantile");
  return value;
}
