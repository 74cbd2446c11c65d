import { median } from "./median.ts";
import type { Figure, Gate } from "./scenario.ts";
import { formatValue, type Unit } from "./units.ts";

/** `none` when the figure has no gate. */
export type Verdict = "pass" | "miss" | "none";

export function verdictOf({ samples, gate }: Figure): Verdict {
  if (gate === undefined) return "none";
  const value = median(samples);
  const kept = "atLeast" in gate ? value >= gate.atLeast : value <= gate.atMost;
  return kept ? "pass" : "miss";
}

export function formatGate(gate: Gate | undefined, unit: Unit): string {
  if (gate === undefined) return "";
  return "atLeast" in gate
    ? `>= ${formatValue(gate.atLeast, unit)}`
    : `<= ${formatValue(gate.atMost, unit)}`;
}
