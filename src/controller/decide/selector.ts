import {
  type LabelRequirement,
  type LabelSelector,
  LIFECYCLE_TAINT_PREFIX,
  type Toleration,
} from "../../api/index.ts";
import type { Taint } from "./world.ts";

type Labels = Readonly<Record<string, string>>;

/** As Kubernetes selects: every entry must match, and none matches all. */
export function matchesSelector(selector: LabelSelector, labels: Labels): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every((requirement) => meets(requirement, labels[requirement.key]))
  );
}

/** A label that is not there is not in any list of values. */
function meets({ operator, values = [] }: LabelRequirement, label: string | undefined): boolean {
  switch (operator) {
    case "In":
      return label !== undefined && values.includes(label);
    case "NotIn":
      return label === undefined || !values.includes(label);
    case "Exists":
      return label !== undefined;
    case "DoesNotExist":
      return label === undefined;
    default:
      return operator satisfies never;
  }
}

/** Whether no taint keeps the image away. Those of a node's life cycle pass, as do those that only discourage. */
export function toleratesAll(
  tolerations: readonly Toleration[],
  taints: readonly Taint[],
  startupTaints: ReadonlySet<string>,
): boolean {
  return taints.every(
    (taint) =>
      taint.effect === "PreferNoSchedule" ||
      taint.key.startsWith(LIFECYCLE_TAINT_PREFIX) ||
      startupTaints.has(taint.key) ||
      tolerations.some((toleration) => tolerates(toleration, taint)),
  );
}

function tolerates({ key = "", operator, value = "", effect }: Toleration, taint: Taint): boolean {
  if (effect !== undefined && effect !== taint.effect) return false;
  if (key === "") return operator === "Exists";
  return key === taint.key && (operator === "Exists" || value === taint.value);
}
