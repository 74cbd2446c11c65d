import type { ConditionDraft } from "../status/conditions.ts";
import { nodeCounts } from "../status/node-sums.ts";
import type { Judgement } from "./judge.ts";
import { isOverThreshold, type Verdict } from "./verdict.ts";
import type { World } from "./world.ts";

/** Resolved, Seeded, Ready, Reconciling and Stalled always; the others where they are true. */
export function conditionsOf(world: World, judgement: Judgement): ConditionDraft[] {
  const { verdict } = judgement;
  return [
    resolvedOf(world),
    seededOf(judgement),
    {
      type: "Ready",
      status: verdict.kind === "ready" ? "True" : "False",
      reason: verdict.reason,
      message: verdict.message,
    },
    reconcilingOf(verdict),
    stalledOf(verdict),
    ...degradedOf(world, judgement),
    ...readableOf(world, judgement),
    ...movedOf(world),
  ];
}

function resolvedOf({ distribution, resolution }: World): ConditionDraft {
  const type = "Resolved";
  if (distribution.problem !== undefined) {
    return { type, status: "False", reason: "InvalidSpec", message: distribution.problem };
  }
  switch (resolution.state) {
    case "wanted": {
      const message = "looking the image up in its registry";
      return { type, status: "False", reason: "Resolving", message };
    }
    case "failed":
      return { type, status: "False", reason: resolution.reason, message: resolution.message };
    case "done": {
      const { reference, digest } = resolution.image;
      return { type, status: "True", reason: "Resolved", message: `${reference} is ${digest}` };
    }
    default:
      return resolution satisfies never;
  }
}

function seededOf({ seeding }: Judgement): ConditionDraft {
  if (seeding === undefined) {
    const message = "the image is not known yet";
    return { type: "Seeded", status: "False", reason: "Electing", message };
  }
  const { isSeeded, reason, message } = seeding;
  return { type: "Seeded", status: isSeeded ? "True" : "False", reason, message };
}

function reconcilingOf(verdict: Verdict): ConditionDraft {
  const type = "Reconciling";
  return verdict.kind === "working"
    ? { type, status: "True", reason: verdict.doing, message: verdict.message }
    : { type, status: "False", reason: "Idle", message: "nothing is under way" };
}

function stalledOf(verdict: Verdict): ConditionDraft {
  const type = "Stalled";
  return verdict.kind === "stuck"
    ? { type, status: "True", reason: verdict.reason, message: verdict.message }
    : { type, status: "False", reason: "NotStalled", message: "nothing is in the way" };
}

function degradedOf(world: World, { states, skipped }: Judgement): ConditionDraft[] {
  const nodes = nodeCounts(states, skipped);
  if (nodes.failed === 0 || isOverThreshold(world, nodes)) return [];
  const message = `${nodes.failed} of ${nodes.desired} nodes fail, as many as rollout.failureThreshold allows`;
  return [{ type: "Degraded", status: "True", reason: "NodesFailing", message }];
}

function readableOf({ distribution, resolution }: World, { states }: Judgement): ConditionDraft[] {
  const isLoaded =
    distribution.spec.runtime.load === "Always" &&
    states.some(({ counted }) => counted.as === "ready");
  if (!isLoaded || resolution.state !== "done" || resolution.image.access === "Public") return [];
  const message = "pods of every namespace can use this image on nodes that have loaded it";
  return [{ type: "NodeWideReadable", status: "True", reason: "CredentialedImageLoaded", message }];
}

function movedOf({ resolution, status }: World): ConditionDraft[] {
  if (resolution.state !== "done") return [];
  const { reference, digest, movedFrom, refresh } = resolution.image;
  if (movedFrom === undefined) {
    // An earlier leader saw it move, and this one has the image from the status.
    const { resolved, lastHandledRefresh } = status;
    const isSame = resolved?.reference === reference && resolved.digest === digest;
    const told = status.conditions?.find(({ type }) => type === "TagMoved");
    if (!isSame || lastHandledRefresh !== refresh || told?.status !== "True") return [];
    return [{ type: "TagMoved", status: "True", reason: "DigestChanged", message: told.message }];
  }
  const message = `${reference} was ${movedFrom}, and is ${digest} since the refresh`;
  return [{ type: "TagMoved", status: "True", reason: "DigestChanged", message }];
}
