import { nodeCounts, reasonCounts } from "../status/node-sums.ts";
import type { Due } from "./due.ts";
import { stateOf, type TargetState } from "./node-states.ts";
import { type Plan, planFor } from "./plan.ts";
import { type Seeding, seedingOf } from "./seeding.ts";
import { targetsOf } from "./targets.ts";
import { type Verdict, verdictOf } from "./verdict.ts";
import type { World } from "./world.ts";

export type Judgement = {
  readonly verdict: Verdict;
  readonly states: readonly TargetState[];
  readonly skipped: number;
  /** Undefined where the image is not known. */
  readonly plan: Plan | undefined;
  readonly seeding: Seeding | undefined;
};

/** In this order: suspended, invalid, unresolved, and then how it goes. */
export function judge(world: World, due: Due): Judgement {
  const { problem, spec } = world.distribution;
  const { resolution } = world;
  if (problem !== undefined) {
    const invalid = { kind: "stuck", reason: "InvalidSpec", message: problem } as const;
    return unplanned(world, due, spec.suspend ? SUSPENDED : invalid);
  }
  if (resolution.state === "done") {
    const judgement = planned(world, resolution.image, due);
    return spec.suspend && judgement.verdict.kind !== "ready"
      ? { ...judgement, verdict: SUSPENDED }
      : judgement;
  }
  return unplanned(world, due, spec.suspend ? SUSPENDED : unresolved(resolution));
}

const SUSPENDED: Verdict = {
  kind: "idle",
  reason: "Suspended",
  message: "suspended: set spec.suspend to false to go on",
};

function unresolved(resolution: Exclude<World["resolution"], { state: "done" }>): Verdict {
  if (resolution.state === "wanted") {
    const message = "looking the image up in its registry";
    return { kind: "working", reason: "Resolving", doing: "Resolving", message };
  }
  const { reason, message } = resolution;
  // A registry that is away comes back by itself.
  return reason === "RegistryUnavailable"
    ? { kind: "working", reason, doing: "Resolving", message }
    : { kind: "stuck", reason, message };
}

/** All targets wait, for the cause that stands in the verdict. */
function unplanned(world: World, due: Due, verdict: Verdict): Judgement {
  // A spec that cannot be used may not even tell its nodes.
  const isUsable = world.distribution.problem === undefined;
  const { desired, skipped } = isUsable ? targetsOf(world, [], due) : { desired: [], skipped: [] };
  const states = desired.map((member): TargetState => {
    const counted = { as: "waiting", reason: verdict.reason, message: verdict.message } as const;
    return { member, counted, report: undefined };
  });
  return { verdict, states, skipped: skipped.length, plan: undefined, seeding: undefined };
}

function planned(
  world: World,
  image: Extract<World["resolution"], { state: "done" }>["image"],
  due: Due,
): Judgement {
  const plan = planFor(world, image, due);
  const seeding = seedingOf(world, plan);
  const { desired, skipped } = plan.targets;
  const states = desired.map((member) =>
    stateOf(world, member, plan.assignments.get(member.node.name), plan.entries, due),
  );
  const verdict = verdictOf({
    world,
    due,
    plan,
    seeding,
    states,
    nodes: nodeCounts(states, skipped.length),
    reasons: new Map(reasonCounts(states).map(({ reason, nodes }) => [reason, nodes])),
  });
  return { verdict, states, skipped: skipped.length, plan, seeding };
}
