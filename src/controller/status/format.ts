const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** As people read it: 512B, 1.2GiB, 40MiB. */
export function formatBytes(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const value = bytes / 2 ** (10 * power);
  const digits = power === 0 || value >= 10 ? 0 : 1;
  return `${value.toFixed(digits)}${UNITS[power]}`;
}

/** 40s, 3m10s, 2h5m. */
export function formatSeconds(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 60) return `${whole}s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)}m${whole % 60}s`;
  return `${Math.floor(whole / 3_600)}h${Math.floor((whole % 3_600) / 60)}m`;
}

/** 100% only where nothing is left. */
export const formatPercent = (part: number, whole: number): string =>
  whole <= 0 ? "0%" : `${Math.min(100, Math.floor((part * 100) / whole))}%`;

/** RFC 3339, whole seconds, as Kubernetes writes times. */
export const formatTime = (ms: number): string =>
  `${new Date(Math.floor(ms / 1_000) * 1_000).toISOString().slice(0, 19)}Z`;

/** 2 InsufficientDisk, 1 AgentNotReady */
export const formatCounts = (counts: Iterable<readonly [string, number]>): string =>
  [...counts]
    .toSorted(([a, many], [b, more]) => more - many || (a < b ? -1 : 1))
    .map(([reason, count]) => `${count} ${reason}`)
    .join(", ");
