const UNITS = ["kB", "MB", "GB", "TB", "PB"] as const;

/** Bytes for people, in decimal units: "0B", "999B", "1.2kB", "46MB", "1.5GB". */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${Math.max(0, Math.round(bytes))}B`;
  let value = bytes;
  let unit = "";
  for (const next of UNITS) {
    // 999.95 would be shown as 1000.0: it belongs to the next unit.
    if (value < 999.5) break;
    value /= 1_000;
    unit = next;
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)}${unit}`;
}
