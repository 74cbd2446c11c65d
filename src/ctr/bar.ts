/** The share that is done, from 0 to 1; of nothing, everything is. */
export function fractionOf(completed: number, total: number): number {
  if (!(total > 0)) return 1;
  return Math.min(1, Math.max(0, completed / total));
}

/** Whole percent, rounded down: 100 means complete. */
export const percentOf = (fraction: number): number => Math.floor(fraction * 100);

/** `[====>     ]`, `width` columns wide with its brackets; at least 3. */
export function bar(fraction: number, width: number): string {
  const inside = Math.max(1, width - 2);
  const filled = Math.floor(fraction * inside);
  if (filled >= inside) return `[${"=".repeat(inside)}]`;
  return `[${"=".repeat(filled)}>${" ".repeat(inside - filled - 1)}]`;
}
