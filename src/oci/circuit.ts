import type { Clock } from "./clock.ts";
import type { RegistryLimits } from "./registry-limits.ts";

/** Leaves a server alone for a while that failed many times in a row. */
export interface Circuit {
  /** Milliseconds until the server may be asked again; 0 when it may be now. */
  openForMs(): number;
  succeeded(): void;
  failed(): void;
}

export function createCircuit(
  clock: Pick<Clock, "now">,
  limits: Pick<RegistryLimits, "circuitFailures" | "circuitOpenMs">,
): Circuit {
  let failuresInARow = 0;
  let openUntil = 0;
  return {
    openForMs: () => Math.max(0, openUntil - clock.now()),
    succeeded() {
      failuresInARow = 0;
      openUntil = 0;
    },
    failed() {
      failuresInARow += 1;
      // After the pause one more failure is enough to open it again: the row was never broken.
      if (failuresInARow >= limits.circuitFailures) openUntil = clock.now() + limits.circuitOpenMs;
    },
  };
}

/** One circuit for each origin. */
export function createCircuits(
  clock: Pick<Clock, "now">,
  limits: Pick<RegistryLimits, "circuitFailures" | "circuitOpenMs">,
): (origin: string) => Circuit {
  const circuits = new Map<string, Circuit>();
  return (origin) => {
    const known = circuits.get(origin);
    if (known !== undefined) return known;
    const made = createCircuit(clock, limits);
    circuits.set(origin, made);
    return made;
  };
}
