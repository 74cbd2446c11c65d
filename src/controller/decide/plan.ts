import { type Assignments, assign, type Entries, entriesOf } from "./assignments.ts";
import { type Deal, deal, type LayerSupply } from "./deal.ts";
import type { Due } from "./due.ts";
import { type Election, elect, type Lack } from "./elect.ts";
import { type Group, groupsOf } from "./groups.ts";
import { type Supply, suppliesOf } from "./supply.ts";
import { type Member, memberOf, type Targets, targetsOf } from "./targets.ts";
import {
  type Elected,
  type Layer,
  type Lease,
  type Memory,
  NO_MEMORY,
  type ResolvedImage,
  type World,
} from "./world.ts";

/** Who brings what to whom. */
export type Plan = {
  readonly targets: Targets;
  readonly assignments: Assignments;
  readonly entries: Entries;
  readonly leases: readonly Lease[];
  /** For each group of nodes, what came of its election and its deal. */
  readonly rounds: readonly Round[];
  /** Agents that have something of it and that others can take from. */
  readonly serving: readonly Member[];
  readonly memory: Memory;
};

export type Round = { readonly group: Group; readonly election: Election; readonly deal: Deal };

export function planFor(given: World, image: ResolvedImage, due: Due): Plan {
  const isSame = given.memory.image === image.digest;
  const world: World = isSame ? given : { ...given, memory: { ...NO_MEMORY, image: image.digest } };
  const targets = targetsOf(world, image.platforms, due);
  const members = membersOf(world, image, due);
  const serving = servingOf(world, image, members);
  const supplyOf = suppliesOf(serving);
  const groups = groupsOf(world, image.platforms, targets, due);
  const elections = groups.map((group) => ({
    group,
    election: elect(world, image, group, lackOf(world, group, members, supplyOf), due),
  }));
  let budget = budgetOf(world, elections);
  const rounds = elections.map(({ group, election }): Round => {
    const dealt = deal({ world, group, seeders: election.seeders, members, supplyOf, budget, due });
    budget = dealt.budgetLeft;
    return { group, election, deal: dealt };
  });
  const seeders = rounds.flatMap(({ election }) => election.seeders);
  const entries = entriesOf(world, image.platforms);
  return {
    targets,
    entries,
    assignments: assign({ world, entries, ...targets, seeders, members }),
    leases: distinct(rounds.flatMap(({ deal }) => deal.leases)),
    rounds,
    serving,
    memory: nextMemory(world, rounds, seeders),
  };
}

const membersOf = (world: World, image: ResolvedImage, due: Due) =>
  new Map(
    world.nodes.map((node) => [node.name, memberOf(world, node, image.platforms, due)] as const),
  );

function servingOf(
  { agents }: World,
  { platforms }: ResolvedImage,
  members: ReadonlyMap<string, Member>,
): readonly Member[] {
  const digests = platforms.flatMap(({ layers }) => layers.map(({ digest }) => digest));
  const having = [...agents.having(digests)].flatMap((node) => members.get(node) ?? []);
  return having.filter(({ liveness }) => liveness === "live" || liveness === "suspect");
}

/** What nobody has, and what was to be brought by somebody who is lost. */
function lackOf(
  { leases }: World,
  { image }: Group,
  members: ReadonlyMap<string, Member>,
  supplyOf: (layer: Layer) => Supply,
): Lack {
  const missing = image.layers.filter((layer) => !supplyOf(layer).isWhole);
  const orphaned = missing.filter(({ digest }) =>
    leases.some((lease) => {
      const liveness = members.get(lease.node)?.liveness ?? "lost";
      return lease.digest === digest && liveness === "lost";
    }),
  );
  return { missing, orphaned };
}

/** Bytes that the registry may still give away: so many copies for each platform, less what it gave. */
function budgetOf(
  { distribution, registryBytes }: World,
  elections: readonly { readonly group: Group; readonly election: Election }[],
): number {
  const { maxCopies } = distribution.spec.registry;
  const allowed = elections.map(({ group, election }) => {
    const copy = group.image.layers.reduce((sum, { size }) => sum + size, 0);
    return copy * (maxCopies ?? election.seeders.length + 1);
  });
  return allowed.reduce((sum, bytes) => sum + bytes, 0) - registryBytes;
}

/** Platforms may share a layer, and with it a lease. */
const distinct = (leases: readonly Lease[]): Lease[] => [
  ...new Map(leases.map((lease) => [`${lease.digest} ${lease.zone}`, lease])).values(),
];

const MAX_LOST = 64;

function nextMemory(
  { memory, now }: World,
  rounds: readonly Round[],
  seeders: readonly Elected[],
): Memory {
  const lost = rounds.flatMap(({ election }) => election.lost.map((one) => ({ ...one, at: now })));
  const isWithout = rounds.some((round) => lacksSeeder(round));
  return {
    image: memory.image,
    seeders,
    lost: [...memory.lost, ...lost].slice(-MAX_LOST),
    noSeederSince: isWithout ? (memory.noSeederSince ?? now) : undefined,
  };
}

export const isMissing = ({ state }: LayerSupply): boolean => state !== "whole";

/** Layers are missing, and nobody can be found to fetch them. */
export const lacksSeeder = ({ election, deal }: Round): boolean =>
  election.seeders.length === 0 && !election.isFlapping && deal.supplies.some(isMissing);
