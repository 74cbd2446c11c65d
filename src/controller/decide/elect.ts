import { type Hindrance, hindranceOf, lacksRoom, ranked } from "./candidates.ts";
import type { Due } from "./due.ts";
import type { Group } from "./groups.ts";
import { GRACE_MS } from "./liveness.ts";
import type { ZoneSlots } from "./slots.ts";
import type { Member } from "./targets.ts";
import type { Elected, Layer, ResolvedImage, World } from "./world.ts";

export type Election = {
  /** In office from now on. */
  readonly seeders: readonly Elected[];
  /** Those of them that were not before. */
  readonly elected: readonly Elected[];
  /** Those that were, and are lost. */
  readonly lost: readonly Elected[];
  /** Zones that should have a seeder of their own, and never had one. */
  readonly bare: readonly string[];
  /** Why nodes that may seed cannot, counted. */
  readonly hindrances: ReadonlyMap<Hindrance, number>;
  /** Nodes that may seed. */
  readonly potential: number;
  readonly isFlapping: boolean;
};

/** What is not with anybody yet, and what a lost seeder was to bring. */
export type Lack = { readonly missing: readonly Layer[]; readonly orphaned: readonly Layer[] };

const FLAPPING_LOSSES = 3;
const FLAPPING_MS = 600_000;

/** For one group. Whoever is in office stays; others are elected at the beginning, and while layers are missing. */
export function elect(
  world: World,
  image: ResolvedImage,
  group: Group,
  lack: Lack,
  due: Due,
): Election {
  const { standing, lost } = inOffice(world, group);
  const isFlapping = isFlappingAt(world, lost.length, due);
  const candidates = candidatesOf(world, image, group, lack, due);
  const isBeginning = standing.length + lost.length === 0 && !hasLost(world, group);
  const mayElect =
    !isFlapping &&
    (isBeginning || lack.missing.length > 0) &&
    (due.passed(world.leadingSince + GRACE_MS) || haveEnough(group.slots, standing, candidates));
  const seeders = fill(group, standing, mayElect ? candidates : []);
  const served = [...seeders, ...lost, ...world.memory.lost];
  const zones = new Set(
    served.filter(({ platform }) => platform === group.image.platform).map(({ zone }) => zone),
  );
  return {
    seeders,
    elected: seeders.filter((one) => !standing.includes(one)),
    lost,
    bare: group.slots.map(({ zone }) => zone).filter((zone) => !zones.has(zone)),
    hindrances: hindrancesOf(world, image, group, lack),
    potential: group.potential.length,
    isFlapping,
  };
}

/**
 * Seeders before this decision: a node that may seed no more, or has no room for what it should fetch, has left office; one
 * that cannot be reached is lost.
 */
function inOffice(world: World, { image, potential }: Group) {
  const seeders = world.memory.seeders.filter(({ platform }) => platform === image.platform);
  const members = new Map(potential.map((member) => [member.node.name, member]));
  const isThere = (name: string) => world.nodes.some((node) => node.name === name);
  const isLost = ({ node }: Elected) =>
    members.has(node) ? members.get(node)?.liveness === "lost" : !isThere(node);
  return {
    standing: seeders.filter(
      (one) => members.has(one.node) && !isLost(one) && !lacksRoom(world, one.node),
    ),
    lost: seeders.filter(isLost),
  };
}

const hasLost = ({ memory }: World, { image }: Group) =>
  memory.lost.some(({ platform }) => platform === image.platform);

function isFlappingAt({ memory }: World, lostNow: number, due: Due): boolean {
  const recent = memory.lost.filter(({ at }) => !due.passed(at + FLAPPING_MS));
  return recent.length + lostNow >= FLAPPING_LOSSES;
}

function candidatesOf(
  world: World,
  image: ResolvedImage,
  group: Group,
  lack: Lack,
  due: Due,
): Member[] {
  const isFallback = mayFallBack(world, due);
  const eligible = group.potential.filter((member) => {
    const hindrance = hindranceOf(world, member, image.host, shareOf(lack, group));
    if (hindrance === undefined) return true;
    // Whoever is there may try, when nobody that looks better has come for so long.
    // But not one that has said itself that it will not begin.
    if (!isFallback || lacksRoom(world, member.node.name)) return false;
    return hindrance === "RegistryUnreachable" || hindrance === "InsufficientDisk";
  });
  return ranked(eligible, {
    uid: world.distribution.uid,
    now: world.now,
    layers: group.image.layers,
    orphaned: lack.orphaned,
    lost: new Set(world.memory.lost.map(({ node }) => node)),
  });
}

function mayFallBack({ distribution, memory }: World, due: Due): boolean {
  const { fallback, fallbackAfterSeconds } = distribution.spec.registry;
  if (fallback === "Never" || memory.noSeederSince === undefined) return false;
  return due.passed(memory.noSeederSince + fallbackAfterSeconds * 1_000);
}

/** Bytes that one seeder fetches, where each zone fetches all that is missing. */
function shareOf({ missing }: Lack, { slots }: Group): number {
  const bytes = missing.reduce((sum, { size }) => sum + size, 0);
  return bytes / Math.max(1, ...slots.map(({ wanted }) => wanted));
}

function hindrancesOf(world: World, image: ResolvedImage, group: Group, lack: Lack) {
  const counts = new Map<Hindrance, number>();
  for (const member of group.potential) {
    const hindrance = hindranceOf(world, member, image.host, shareOf(lack, group));
    if (hindrance !== undefined) counts.set(hindrance, (counts.get(hindrance) ?? 0) + 1);
  }
  return counts;
}

/** Agents that have not come back yet might be better: until then only a full election counts. */
function haveEnough(
  slots: readonly ZoneSlots[],
  standing: readonly Elected[],
  candidates: readonly Member[],
): boolean {
  return slots.every(({ zone, wanted }) => {
    const seated = new Set(standing.filter((one) => one.zone === zone).map(({ node }) => node));
    const others = candidates.filter((one) => one.zone === zone && !seated.has(one.node.name));
    return seated.size + others.length >= wanted;
  });
}

function fill(
  group: Group,
  standing: readonly Elected[],
  candidates: readonly Member[],
): Elected[] {
  const platform = group.image.platform;
  const seated = group.slots.flatMap(({ zone, wanted }) => {
    const kept = standing.filter((one) => one.zone === zone).slice(0, wanted);
    const names = new Set(kept.map(({ node }) => node));
    const added = candidates
      .filter((one) => one.zone === zone && !names.has(one.node.name))
      .slice(0, wanted - kept.length)
      .map(({ node }) => ({ node: node.name, zone, platform }));
    return [...kept, ...added];
  });
  if (seated.length > 0) return seated;
  // No zone that should elect can: one from anywhere is better than none.
  const borrowed = standing.slice(0, 1);
  if (borrowed.length > 0) return borrowed;
  return byZoneSize(candidates, group)
    .slice(0, 1)
    .map(({ node, zone }) => ({ node: node.name, zone, platform }));
}

/** Zones with most targets first, and in each the best. */
function byZoneSize(candidates: readonly Member[], { targets }: Group): Member[] {
  const size = (zone: string) => targets.filter((target) => target.zone === zone).length;
  return candidates.toSorted((a, b) => size(b.zone) - size(a.zone));
}
