/** The one of `known` that was probably meant: a few slips away, or the only one that begins the same. */
export function nearest(text: string, known: readonly string[]): string | undefined {
  const slips = (name: string) => distance(text.toLowerCase(), name.toLowerCase());
  const allowed = Math.max(1, Math.floor(text.length / 3));
  const [best] = known
    .map((name) => ({ name, slips: slips(name) }))
    .filter((candidate) => candidate.slips <= allowed)
    .sort((a, b) => a.slips - b.slips);
  if (best !== undefined) return best.name;
  const beginning = known.filter((name) => text.length >= 3 && name.startsWith(text));
  return beginning.length === 1 ? beginning[0] : undefined;
}

// Names are short; this bounds the work for a text that is none.
const MAX_LENGTH = 64;

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function distance(a: string, b: string): number {
  if (a.length > MAX_LENGTH || b.length > MAX_LENGTH) return Number.POSITIVE_INFINITY;
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + (same ? 0 : 1),
        swapped ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
  }
  return at(a.length, b.length);
}
