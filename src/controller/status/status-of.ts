import { isDeepStrictEqual } from "node:util";
import type { ImageDistributionStatus, Resolved, SeederEntry } from "../../api/index.ts";
import type { Judgement } from "../decide/judge.ts";
import type { Plan } from "../decide/plan.ts";
import type { ResolvedImage, World } from "../decide/world.ts";
import { type ConditionDraft, datedConditions } from "./conditions.ts";
import { formatTime } from "./format.ts";
import { layerRows } from "./layer-rows.ts";
import {
  byteCounts,
  bytesPerSecond,
  failureSample,
  nodeCounts,
  reasonCounts,
} from "./node-sums.ts";
import { summaryOf } from "./summary.ts";

type Status = ImageDistributionStatus;

export function statusOf(
  world: World,
  judgement: Judgement,
  drafts: readonly ConditionDraft[],
): Status {
  const { distribution, now, status: before } = world;
  const { generation } = distribution;
  const isSuspended = judgement.verdict.reason === "Suspended";
  const facts = isSuspended ? frozen(world, judgement) : factsOf(world, judgement);
  const isSameWork = before.observedGeneration === generation && before.startTime !== undefined;
  const completion = completionOf(world, judgement);
  return {
    observedGeneration: generation,
    ...refreshOf(world),
    startTime: isSameWork ? before.startTime : formatTime(now),
    ...(completion !== undefined && { completionTime: completion }),
    ...progressOf(before, facts, now),
    conditions: datedConditions(drafts, before.conditions ?? [], generation, now),
    ...facts,
  };
}

type Facts = Pick<
  Status,
  "summary" | "resolved" | "nodes" | "reasons" | "bytes" | "seeders" | "layers" | "failures"
>;

function factsOf(world: World, { states, skipped, plan, seeding }: Judgement): Facts {
  const images = plan === undefined ? [] : imagesIn(world);
  const [nodes, bytes] = [nodeCounts(states, skipped), byteCounts(states)];
  const seeders = plan === undefined ? [] : seederEntries(world, plan);
  const supplies = plan?.rounds.flatMap(({ deal }) => deal.supplies) ?? [];
  const isStuck = seeding?.isStuck ?? false;
  const input = { images, states, serving: plan?.serving ?? [], supplies, isStuck };
  return {
    summary: summaryOf({
      nodes,
      bytes,
      seeders: seeders.filter(({ state }) => state !== "Lost").length,
      images,
      bytesPerSecond: bytesPerSecond(states),
    }),
    ...(world.resolution.state === "done" && { resolved: resolvedOf(world.resolution.image) }),
    nodes,
    reasons: reasonCounts(states),
    bytes,
    seeders,
    layers: layerRows(input),
    failures: failureSample(states, world.now),
  };
}

/** What was counted last: while suspended nothing moves. */
function frozen(world: World, judgement: Judgement): Facts {
  const { summary, resolved, nodes, reasons, bytes, seeders, layers, failures } = world.status;
  const fresh = factsOf(world, judgement);
  if (summary === undefined || resolved?.digest !== fresh.resolved?.digest) return fresh;
  const { rate: _, eta: __, ...still } = summary;
  const kept = { nodes, reasons, bytes, seeders, layers, failures };
  return { ...fresh, ...withoutAbsent(kept), summary: still };
}

const withoutAbsent = (
  facts: {
    readonly [Field in keyof Facts]: Facts[Field] | undefined;
  },
): Facts =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as Facts;

const imagesIn = ({ resolution }: World) =>
  resolution.state === "done" ? resolution.image.platforms : [];

const resolvedOf = (image: ResolvedImage): Resolved => ({
  reference: image.reference,
  digest: image.digest,
  access: image.access,
  resolvedTime: formatTime(image.resolvedAt),
  platforms: image.platforms.slice(0, 8).map(({ platform, digest, bytes, layers }) => ({
    platform,
    digest,
    bytes,
    layers: layers.length,
  })),
});

const MAX_SEEDERS = 64;

/** Those in office, and those that were lost; a node that came back into office once. */
function seederEntries(world: World, { memory, rounds }: Plan): SeederEntry[] {
  const entry = (node: string, zone: string, state: SeederEntry["state"]): SeederEntry => ({
    node,
    zone,
    state,
    registryBytes: world.reports.get(node)?.registryBytes ?? 0,
  });
  const suspect = new Set(
    rounds.flatMap(({ group }) =>
      group.potential.filter(({ liveness }) => liveness === "suspect").map(({ node }) => node.name),
    ),
  );
  const current = memory.seeders.map(({ node, zone }) =>
    entry(node, zone, suspect.has(node) ? "Suspect" : "Seeding"),
  );
  const names = new Set(current.map(({ node }) => node));
  const lost = new Map(memory.lost.map(({ node, zone }) => [node, zone]));
  const gone = [...lost].filter(([node]) => !names.has(node));
  return [...current, ...gone.map(([node, zone]) => entry(node, zone, "Lost"))].slice(
    0,
    MAX_SEEDERS,
  );
}

/** When every target had the image; kept while it is about the same image. */
function completionOf({ status, now, resolution }: World, { verdict }: Judgement) {
  const isSame = resolution.state === "done" && status.resolved?.digest === resolution.image.digest;
  if (isSame && status.completionTime !== undefined) return status.completionTime;
  return verdict.kind === "ready" ? formatTime(now) : undefined;
}

function refreshOf({ resolution, status }: World): Pick<Status, "lastHandledRefresh"> {
  const handled =
    resolution.state === "done" ? resolution.image.refresh : status.lastHandledRefresh;
  return handled === undefined ? {} : { lastHandledRefresh: handled };
}

function progressOf(before: Status, facts: Facts, now: number): Pick<Status, "lastProgressTime"> {
  // The API server gives fields back in another order.
  const measure = ({ bytes, nodes }: Facts) => [bytes?.complete ?? 0, nodes];
  const isSame = before.summary !== undefined && isDeepStrictEqual(measure(before), measure(facts));
  const time = isSame ? before.lastProgressTime : formatTime(now);
  return time === undefined ? {} : { lastProgressTime: time };
}
