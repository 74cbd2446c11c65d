import type { Condition, ConditionReason, DistributionConditionType } from "../../api/index.ts";
import { formatTime } from "./format.ts";

export type ConditionDraft<Type extends DistributionConditionType = DistributionConditionType> = {
  readonly type: Type;
  readonly status: Condition["status"];
  readonly reason: ConditionReason<Type>;
  readonly message: string;
};

const LONGEST_MESSAGE = 1_024;

/** With the time at which each last changed its status, and the generation that they are about. */
export function datedConditions(
  drafts: readonly ConditionDraft[],
  before: readonly Condition[],
  generation: number,
  now: number,
): Condition[] {
  return drafts.map(({ type, status, reason, message }) => {
    const known = before.find((condition) => condition.type === type);
    return {
      type,
      status,
      observedGeneration: generation,
      lastTransitionTime: known?.status === status ? known.lastTransitionTime : formatTime(now),
      reason,
      message: message.slice(0, LONGEST_MESSAGE),
    };
  });
}
