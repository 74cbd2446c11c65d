import { formatBytes } from "../src/ctr/index.ts";
import type { Outcome } from "./distribute.ts";

const HEADINGS = [
  "NODE",
  "IMAGE",
  "SECONDS",
  "FROM REGISTRY",
  "FROM PEERS",
  "ALREADY LOCAL",
  "RESUMED",
];
const TEXT_COLUMNS = 2;

/** What every node has got, from where; numbers stand at the right of their columns. */
export function outcomeTable(outcomes: readonly Outcome[]): readonly string[] {
  const rows = [HEADINGS, ...outcomes.map(rowOf)];
  const widths = HEADINGS.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column < TEXT_COLUMNS ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("  "),
  );
}

const rowOf = ({ node, image, seconds, totals }: Outcome): readonly string[] => [
  node,
  image,
  seconds.toFixed(1),
  formatBytes(totals.registryBytes),
  formatBytes(totals.peerBytes),
  formatBytes(totals.localBytes),
  formatBytes(totals.resumedBytes),
];

/** How much the registry had to give for all nodes together: 1.00 is once, however many nodes there are. */
export function ratioLine(registryBytes: number, imageBytes: number, nodes: number): string {
  const ratio = (registryBytes / imageBytes).toFixed(2);
  return (
    `The registry gave ${formatBytes(registryBytes)} for ${formatBytes(imageBytes)} of image content ` +
    `on ${nodes} nodes: ${ratio} times its size.`
  );
}
