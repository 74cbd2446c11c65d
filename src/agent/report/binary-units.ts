const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** For people, in three digits or so: 1.2GiB, 35MiB, 0B. */
export function inBinaryUnits(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const value = bytes / 1024 ** power;
  return `${power > 0 && value < 10 ? value.toFixed(1) : Math.round(value)}${UNITS[power]}`;
}
