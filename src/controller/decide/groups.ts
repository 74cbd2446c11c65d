import { maySeed } from "./candidates.ts";
import type { Due } from "./due.ts";
import { slotsOf, type ZoneSlots } from "./slots.ts";
import { type Member, memberOf, type Targets } from "./targets.ts";
import type { PlatformImage, World } from "./world.ts";

/** Nodes of one platform: they share layers, and elect their seeders among themselves. */
export type Group = {
  readonly image: PlatformImage;
  readonly targets: readonly Member[];
  /** Nodes that may seed, targets or not. */
  readonly potential: readonly Member[];
  readonly slots: readonly ZoneSlots[];
};

/** The groups with most targets first: seeders.max is spent in this order, one for each group at least. */
export function groupsOf(
  world: World,
  images: readonly PlatformImage[],
  { desired, skipped }: Targets,
  due: Due,
): Group[] {
  // Nodes that do not count for now are not elected, but stay in office.
  const targetNames = new Set([...desired, ...skipped].map(({ node }) => node.name));
  const potential = world.nodes
    .filter(({ name }) => !world.fullNodes.has(name))
    .map((node) => memberOf(world, node, images, due))
    .filter((member) => maySeed(world, member, targetNames.has(member.node.name)));
  const withTargets = images
    .map((image) => ({ image, targets: desired.filter((target) => target.image === image) }))
    .filter(({ targets }) => targets.length > 0)
    .toSorted((a, b) => b.targets.length - a.targets.length);
  const { seeders } = world.distribution.spec;
  let left = seeders.max ?? Number.POSITIVE_INFINITY;
  return withTargets.map(({ image, targets }) => {
    const slots = slotsOf(zonesOf(targets), {
      ...seeders,
      ...(seeders.max !== undefined && { max: Math.max(1, left) }),
    });
    left -= slots.reduce((sum, { wanted }) => sum + wanted, 0);
    return { image, targets, slots, potential: potential.filter((one) => one.image === image) };
  });
}

function zonesOf(targets: readonly Member[]) {
  const counts = new Map<string, number>();
  for (const { zone } of targets) counts.set(zone, (counts.get(zone) ?? 0) + 1);
  return [...counts].map(([zone, count]) => ({ zone, targets: count }));
}
