import type { ImageDistributionStatus, WantedImage } from "../../api/index.ts";
import { statusOf } from "../status/status-of.ts";
import type { Assignments } from "./assignments.ts";
import { conditionsOf } from "./condition-drafts.ts";
import { Due } from "./due.ts";
import { conditionEvents, type DistributionEvent, electionEvents } from "./events.ts";
import { type Judgement, judge } from "./judge.ts";
import type { Lease, Memory, World } from "./world.ts";

/** All that should be, for one ImageDistribution. What of it is so already is for others to find out. */
export type Decision = {
  /** What each node holds for it; a node that is not named, nothing. */
  readonly assignments: Assignments;
  /** Leases on its layers. Those of the world that it owned and that are not here end. */
  readonly leases: readonly Lease[];
  /** To be told at once. */
  readonly events: readonly DistributionEvent[];
  /** To be told when the status is written. */
  readonly statusEvents: readonly DistributionEvent[];
  /** Undefined where there is no object to write it to. */
  readonly status: ImageDistributionStatus | undefined;
  readonly memory: Memory;
  /** Nodes that should have the image and do not. */
  readonly lacking: ReadonlySet<string>;
  /** When time alone will change the decision. */
  readonly requeueAfterMs: number | undefined;
};

/** Pure: the same world gives the same decision. */
export function decide(world: World): Decision {
  const due = new Due(world.now);
  const { assigned, distribution, memory } = world;
  if (distribution.isDeleted) {
    return { ...NOTHING, memory, assignments: new Map(), status: undefined };
  }
  const judgement = judge(world, due);
  const { plan } = judgement;
  const drafts = conditionsOf(world, judgement);
  const isGoing = plan !== undefined && judgement.verdict.reason !== "Suspended";
  return {
    assignments: isGoing ? plan.assignments : readyOnly(world, assigned),
    leases: isGoing ? plan.leases : [],
    events: isGoing ? electionEvents(plan) : [],
    statusEvents: conditionEvents(drafts, world.status.conditions ?? []),
    status: statusOf(world, judgement, drafts),
    memory: isGoing ? plan.memory : memory,
    lacking: lackingOf(judgement),
    requeueAfterMs: due.inMs,
  };
}

const NOTHING = {
  ...{ leases: [], events: [], statusEvents: [] },
  ...{ lacking: new Set<string>(), requeueAfterMs: undefined },
} as const;

/** What is suspended is not to be anywhere for now. */
function lackingOf({ verdict, states }: Judgement): ReadonlySet<string> {
  const left = states.filter(({ counted }) => counted.as !== "ready");
  return new Set(verdict.reason === "Suspended" ? [] : left.map(({ member }) => member.node.name));
}

/** Nodes that have what they were given last keep it; the others stop. */
const readyOnly = ({ reports }: World, assigned: ReadonlyMap<string, WantedImage>): Assignments =>
  new Map(
    [...assigned].filter(([node, { revision }]) => {
      const report = reports.get(node);
      return report?.revision === revision && report.state === "Ready";
    }),
  );
