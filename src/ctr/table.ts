import { printable } from "./printable.ts";

export type Row = readonly string[];

/** Every column, the last one too, is filled up to `width`; a longer cell is followed by one space. */
export const fixedTable = (rows: readonly Row[], width: number): string[] =>
  rows.map((row) =>
    row
      .map((cell) => printable(cell))
      .map((cell) => (cell.length < width ? cell.padEnd(width) : `${cell} `))
      .join(""),
  );

/** Columns as wide as their longest cell, two spaces apart, nothing behind the last. */
export function alignedTable(rows: readonly Row[]): string[] {
  const shown = rows.map((row) => row.map(printable));
  const widths: number[] = [];
  for (const row of shown) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    }
  }
  return shown.map((row) =>
    row
      .map((cell, column) => cell.padEnd((widths[column] ?? 0) + 2))
      .join("")
      .trimEnd(),
  );
}
