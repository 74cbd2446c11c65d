import { isDeepStrictEqual } from "node:util";
import type { ImageDistributionStatus } from "../../api/index.ts";
import type { Lane } from "./write-turns.ts";

/** What is to be told; undefined where nothing is. */
export function changeOf(
  before: ImageDistributionStatus,
  after: ImageDistributionStatus,
): Lane | undefined {
  if (isDeepStrictEqual(before, after)) return undefined;
  if ((before.conditions ?? []).length === 0) return "first";
  return isDeepStrictEqual(newsIn(before), newsIn(after)) ? "progress" : "news";
}

const newsIn = ({
  observedGeneration,
  lastHandledRefresh,
  conditions = [],
}: ImageDistributionStatus) => ({
  observedGeneration,
  lastHandledRefresh,
  conditions: conditions.map(({ type, status, reason }) => ({ type, status, reason })),
});
