import type { WantedImage } from "../../api/index.ts";
import type { Entries } from "./assignments.ts";
import type { Due } from "./due.ts";
import type { Member } from "./targets.ts";
import type { NodeReport, World } from "./world.ts";

/** What counts of a target: one of these, and why where it is not well. */
export type Counted =
  | { readonly as: "ready" | "active" }
  | { readonly as: "waiting" | "failed"; readonly reason: string; readonly message: string };

export type TargetState = {
  readonly member: Member;
  readonly counted: Counted;
  /** About what it is to hold now; undefined where nothing is known of that. */
  readonly report: NodeReport | undefined;
};

/** @param wanted what the node is to hold; undefined where it may not begin yet. */
export function stateOf(
  world: World,
  member: Member,
  wanted: WantedImage | undefined,
  entries: Entries,
  due: Due,
): TargetState {
  const known = world.reports.get(member.node.name);
  const roles = member.image === undefined ? undefined : entries.get(member.image);
  // A node that became a seeder, or is one no more, has what it had.
  const isOfThis =
    known?.revision === roles?.Seeder.revision || known?.revision === roles?.Leecher.revision;
  const report = isOfThis ? known : undefined;
  return { member, report, counted: countedAs(world, member, wanted, report, due) };
}

const waiting = (reason: string, message: string): Counted => ({ as: "waiting", reason, message });

function countedAs(
  world: World,
  { node, image, liveness }: Member,
  wanted: WantedImage | undefined,
  report: NodeReport | undefined,
  due: Due,
): Counted {
  const { fullNodes, distribution } = world;
  const { name } = node;
  if (image === undefined) {
    const message = `the image has nothing for ${node.platform}, which ${name} is`;
    return { as: "failed", reason: "PlatformMissing", message };
  }
  if (node.notReadySince !== undefined) return waiting("NodeNotReady", `${name} is not ready`);
  if (liveness === "lost") return waiting("AgentNotReady", `no agent answers on ${name}`);
  if (wanted === undefined) {
    return fullNodes.has(name)
      ? waiting("NodeSetFull", `${name} is to hold 256 images already`)
      : waiting("RolloutLimit", `${name} begins when others are done`);
  }
  if (report === undefined) return { as: "active" };
  if (hasStalled(world, report, due)) {
    const { progressDeadlineSeconds } = distribution.spec.rollout;
    return waiting("NoSource", `no byte has come to ${name} for ${progressDeadlineSeconds} s`);
  }
  return reported(report, distribution.spec.runtime.load);
}

/** A new leader has not seen what moved before. */
function hasStalled(
  { distribution, leadingSince }: World,
  { state, movedAt }: NodeReport,
  due: Due,
): boolean {
  const { suspend, rollout } = distribution.spec;
  if (state !== "Fetching" || suspend) return false;
  const deadlineMs = rollout.progressDeadlineSeconds * 1_000;
  return due.passed(Math.max(movedAt, leadingSince) + deadlineMs);
}

function reported(report: NodeReport, load: WantedImage["load"]): Counted {
  const { state, reason = "", message = "" } = report;
  switch (state) {
    case "Ready":
      return { as: "ready" };
    case "Stored":
      // Stored is all that is asked for where nothing is loaded.
      return { as: load === "Never" ? "ready" : "active" };
    case "Fetching":
    case "Loading":
    case "Releasing":
      return { as: "active" };
    case "Waiting":
      return waiting(reason === "" ? "NoSource" : reason, message);
    case "Failed":
      return { as: "failed", reason: reason === "" ? "Failed" : reason, message };
    default:
      return state satisfies never;
  }
}
