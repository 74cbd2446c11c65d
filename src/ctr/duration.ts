const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
/** What `parseDuration` reads, for a message. */
export const DURATION_FORMS = "write seconds such as 5, or 500ms, 5s, 2m, 1h, 1m30s";

/** Milliseconds, from "5" (seconds), "500ms", "5s", "1.5m", "1h" or "1m30s"; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  if (/^\d{1,9}(?:\.\d{1,9})?$/.test(text)) return Math.round(Number(text) * 1_000);
  if (!/^(?:\d{1,9}(?:\.\d{1,9})?(?:ms|s|m|h))+$/.test(text) || text.length > 40) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([\d.]+)(ms|s|m|h)/g)) {
    total += Number(amount) * (UNIT_MS[unit ?? ""] ?? 0);
  }
  return Math.round(total);
}

/** Milliseconds. */
export type Bounds = { readonly least: number; readonly most: number };

/** Why a duration is out of bounds, or undefined. */
export function whyNotLimit(
  milliseconds: number | undefined,
  { least, most }: Bounds,
): string | undefined {
  if (milliseconds === undefined) return DURATION_FORMS;
  if (milliseconds < least) return `it must be more than 0; ${DURATION_FORMS}`;
  if (milliseconds > most) return `it must be at most ${formatDuration(most)}`;
  return undefined;
}

/** "500ms", "5s", "2m" or "1h1m5s". */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)}ms`;
  const seconds = Math.round(milliseconds / 1_000);
  const parts = [
    [Math.floor(seconds / 3_600), "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [seconds % 60, "s"],
  ] as const;
  return parts.map(([amount, unit]) => (amount === 0 ? "" : `${amount}${unit}`)).join("");
}
