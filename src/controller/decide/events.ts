import type { Condition } from "../../api/index.ts";
import type { ConditionDraft } from "../status/conditions.ts";
import type { Plan } from "./plan.ts";

/** To be told once. A note has 1024 characters at most. */
export type DistributionEvent = {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly note: string;
};

const LONGEST_NOTE = 1_024;

/** Who took office, and who was lost. */
export function electionEvents(plan: Plan): DistributionEvent[] {
  const elections = plan.rounds.map(({ election }) => election);
  return [
    ...elections.flatMap(({ lost }) => lost).map(tellLost),
    ...elections.flatMap(({ elected }) => elected).map(tellElected),
  ].map(bounded);
}

/** What conditions say that they did not say before. */
export const conditionEvents = (
  drafts: readonly ConditionDraft[],
  before: readonly Condition[],
): DistributionEvent[] => drafts.flatMap((draft) => tellCondition(draft, before)).map(bounded);

const bounded = (event: DistributionEvent): DistributionEvent => ({
  ...event,
  note: event.note.slice(0, LONGEST_NOTE),
});

type Placed = { readonly node: string; readonly zone: string };
const within = ({ zone }: Placed) => (zone === "" ? "" : ` in zone ${zone}`);

const tellLost = (one: Placed): DistributionEvent => ({
  type: "Warning",
  reason: "SeederLost",
  note: `${one.node}${within(one)} was to fetch from the registry, and does not answer`,
});

const tellElected = (one: Placed): DistributionEvent => ({
  type: "Normal",
  reason: "SeederElected",
  note: `${one.node}${within(one)} fetches from the registry for the others`,
});

/** What a condition says anew: that the image is resolved, complete or moved, or what is in the way. */
function tellCondition(
  { type, status, reason, message }: ConditionDraft,
  before: readonly Condition[],
): DistributionEvent[] {
  const known = before.find((condition) => condition.type === type);
  if (known?.reason === reason && known.status === status) return [];
  if (status !== "True") return [];
  switch (type) {
    case "Resolved":
    case "Ready":
    case "TagMoved":
      return [{ type: "Normal", reason, note: message }];
    case "Stalled":
    case "Degraded":
      return [{ type: "Warning", reason, note: message }];
    case "Seeded":
    case "Reconciling":
    case "NodeWideReadable":
      return [];
    default:
      return type satisfies never;
  }
}
