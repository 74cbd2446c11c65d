import type { Clock } from "./clock.ts";

/** Remembers who gave wrong bytes, and for how long not to ask them for the same thing. */
export interface Quarantine {
  strike(key: string): void;
  holds(key: string): boolean;
}

const MOST_KEYS = 4_096;

export function createQuarantine(
  clock: Pick<Clock, "now">,
  options: { readonly strikes: number; readonly forMs: number },
): Quarantine {
  const known = new Map<string, { strikes: number; until: number }>();
  const current = (key: string) => {
    const entry = known.get(key);
    return entry !== undefined && entry.until > clock.now() ? entry : undefined;
  };
  return {
    strike(key) {
      const strikes = (current(key)?.strikes ?? 0) + 1;
      known.delete(key);
      known.set(key, { strikes, until: clock.now() + options.forMs });
      const oldest = known.keys().next();
      if (known.size > MOST_KEYS && oldest.done !== true) known.delete(oldest.value);
    },
    holds: (key) => (current(key)?.strikes ?? 0) >= options.strikes,
  };
}
