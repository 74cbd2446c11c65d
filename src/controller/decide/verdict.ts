import type { ConditionReason, NodeCounts } from "../../api/index.ts";
import { formatCounts } from "../status/format.ts";
import { partOf } from "./assignments.ts";
import type { Due } from "./due.ts";
import type { TargetState } from "./node-states.ts";
import type { Plan } from "./plan.ts";
import type { Seeding } from "./seeding.ts";
import type { World } from "./world.ts";

/** What the whole comes to. `working` goes on by itself, `stuck` does not, `idle` is neither, and wants nothing. */
export type Verdict =
  | { readonly kind: "ready"; readonly reason: "Complete"; readonly message: string }
  | {
      readonly kind: "working";
      readonly reason: ConditionReason<"Ready">;
      readonly doing: ConditionReason<"Reconciling">;
      readonly message: string;
    }
  | {
      readonly kind: "stuck";
      readonly reason: ConditionReason<"Ready"> & ConditionReason<"Stalled">;
      readonly message: string;
    }
  | {
      readonly kind: "idle";
      readonly reason: "Suspended" | "NoNodesMatch";
      readonly message: string;
    };

export type Finding = {
  readonly world: World;
  readonly due: Due;
  readonly plan: Plan;
  readonly seeding: Seeding;
  readonly states: readonly TargetState[];
  readonly nodes: NodeCounts;
  /** How many nodes have each reason. */
  readonly reasons: ReadonlyMap<string, number>;
};

type Check = (finding: Finding) => Verdict | undefined;

/** The first that finds something is right. */
const CHECKS: readonly Check[] = [
  noNodesMatch,
  complete,
  seedingStuck,
  overThreshold,
  runtimeMissing,
  seeding,
  loading,
  degraded,
];

export function verdictOf(finding: Finding): Verdict {
  for (const check of CHECKS) {
    const verdict = check(finding);
    if (verdict !== undefined) return verdict;
  }
  return working("Distributing", "Distributing", toldNodes(finding));
}

const working = (
  reason: ConditionReason<"Ready">,
  doing: ConditionReason<"Reconciling">,
  message: string,
): Verdict => ({ kind: "working", reason, doing, message });

/** 37/40 nodes have the image: 2 InsufficientDisk, 1 AgentNotReady */
function toldNodes({ nodes, reasons }: Finding): string {
  const head = `${nodes.ready}/${nodes.desired} nodes have the image`;
  return reasons.size === 0 ? head : `${head}: ${formatCounts(reasons)}`;
}

function noNodesMatch({ nodes }: Finding): Verdict | undefined {
  if (nodes.desired > 0) return undefined;
  const message =
    nodes.skipped === 0
      ? "no node matches nodeSelector, tolerations and platforms"
      : `all ${nodes.skipped} nodes that match are cordoned, being deleted or not ready`;
  return { kind: "idle", reason: "NoNodesMatch", message };
}

/** A node that joined, or whose agent started or went, no longer ago than this does not make untrue what was true. */
const SETTLING_MS = 600_000;
/** Where most nodes lack the image, as when their disks were emptied: time to see what is there still. */
const MOST_SETTLING_MS = 60_000;

function complete(finding: Finding): Verdict | undefined {
  const { states, world, plan, due } = finding;
  const lagging = states.filter(({ counted }) => counted.as !== "ready");
  const { status } = world;
  const wasComplete =
    status.observedGeneration === world.distribution.generation &&
    status.conditions?.some((one) => one.type === "Ready" && one.status === "True") === true &&
    plan.memory.image !== undefined &&
    status.resolved?.digest === plan.memory.image;
  const settlingMs = lagging.length * 2 > states.length ? MOST_SETTLING_MS : SETTLING_MS;
  const isComplete =
    lagging.length === 0 ||
    (wasComplete && lagging.every((state) => isSettling(state, settlingMs, due)));
  return isComplete
    ? { kind: "ready", reason: "Complete", message: toldNodes(finding) }
    : undefined;
}

function isSettling({ member, counted }: TargetState, settlingMs: number, due: Due): boolean {
  if (counted.as === "failed") return false;
  const { node, agent, liveness } = member;
  const wentAt = liveness === "live" ? undefined : (agent?.brokenAt ?? agent?.heardAt);
  return [node.createdAt, agent?.attachedAt, wentAt].some(
    (at) => at !== undefined && !due.passed(at + settlingMs),
  );
}

function seedingStuck({ seeding }: Finding): Verdict | undefined {
  if (!seeding.isStuck || !isCause(seeding.reason)) return undefined;
  return { kind: "stuck", reason: seeding.reason, message: seeding.message };
}

type SeedingCause = Extract<Extract<Verdict, { kind: "stuck" }>["reason"], Seeding["reason"]>;
const CAUSES: readonly string[] = [
  "NoEligibleSeeder",
  "SeederLost",
  "SeederFlapping",
  "NoSource",
  "BudgetExhausted",
] satisfies readonly SeedingCause[];
const isCause = (reason: Seeding["reason"]): reason is SeedingCause => CAUSES.includes(reason);

function overThreshold(finding: Finding): Verdict | undefined {
  const { nodes, world } = finding;
  if (nodes.failed === 0 || !isOverThreshold(world, nodes)) return undefined;
  return {
    kind: "stuck",
    reason: "Failed",
    message: `${toldNodes(finding)}; ${nodes.failed} failed`,
  };
}

export function isOverThreshold({ distribution }: World, { failed, desired }: NodeCounts): boolean {
  return failed > partOf(distribution.spec.rollout.failureThreshold, desired, Math.floor);
}

/** All that is left is to load, and no node can. */
function runtimeMissing(finding: Finding): Verdict | undefined {
  const { states } = finding;
  const left = states.filter(({ counted }) => counted.as !== "ready");
  const isAll = left.every(
    ({ counted }) => "reason" in counted && counted.reason === "RuntimeNotConfigured",
  );
  if (!isAll) return undefined;
  const message = `${left.length} nodes have the image stored, and no container runtime to load it into: set runtime.load: Never, or configure the runtime`;
  return { kind: "stuck", reason: "RuntimeNotConfigured", message };
}

function seeding({ seeding }: Finding): Verdict | undefined {
  if (seeding.isSeeded) return undefined;
  const { message } = seeding;
  if (seeding.reason === "Electing") return working("Pending", "Electing", message);
  return isCause(seeding.reason)
    ? working(seeding.reason, "Electing", message)
    : working("Seeding", "Seeding", message);
}

function loading(finding: Finding): Verdict | undefined {
  const { states } = finding;
  const left = states.filter(({ counted }) => counted.as !== "ready");
  const isLoading = left.every(
    ({ report }) => report?.state === "Stored" || report?.state === "Loading",
  );
  return isLoading ? working("Loading", "Loading", toldNodes(finding)) : undefined;
}

function degraded(finding: Finding): Verdict | undefined {
  const { states } = finding;
  const left = states.filter(({ counted }) => counted.as !== "ready");
  return left.every(({ counted }) => counted.as === "failed")
    ? working("Degraded", "Distributing", toldNodes(finding))
    : undefined;
}
