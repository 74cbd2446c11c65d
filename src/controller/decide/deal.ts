import type { Digest } from "../../oci/index.ts";
import { lacksRoom } from "./candidates.ts";
import type { Due } from "./due.ts";
import type { Group } from "./groups.ts";
import { GRACE_MS } from "./liveness.ts";
import { bytesHeld, type Supply } from "./supply.ts";
import type { Member } from "./targets.ts";
import type { Elected, Layer, Lease, World } from "./world.ts";

/** Where a layer is: with somebody, on its way from the registry, or neither. */
export type LayerSupply = {
  readonly layer: Layer;
  readonly state: "whole" | "coming" | "nowhere";
  /** Why the last fetch of it came to nothing, where one did. */
  readonly failure: string | undefined;
};

export type Deal = {
  /** To be held from now on; those that are new have a generation of their own. */
  readonly leases: readonly Lease[];
  readonly supplies: readonly LayerSupply[];
  /** Something is missing, and the registry may not be asked for it any more. */
  readonly isBudgetSpent: boolean;
  /** What of the budget no lease will take. */
  readonly budgetLeft: number;
};

export type DealInput = {
  readonly world: World;
  readonly group: Group;
  readonly seeders: readonly Elected[];
  /** All nodes, by name. */
  readonly members: ReadonlyMap<string, Member>;
  readonly supplyOf: (layer: Layer) => Supply;
  /** Bytes that the registry may still give away for this group. */
  readonly budget: number;
  readonly due: Due;
};

/** A layer and the zone that it is fetched for, and the lease that there is. */
type Place = {
  readonly layer: Layer;
  readonly zone: string;
  readonly lease: Lease | undefined;
};

/** A fetch that failed is tried again by the same node after this long, where no other can. */
const TRY_AGAIN_MS = 30_000;

/** Whole layers, the largest first, each to the seeder of its zone that has least to fetch. */
export function deal(input: DealInput): Deal {
  const { group, world, supplyOf } = input;
  const layers = group.image.layers.toSorted(
    (a, b) => b.size - a.size || (a.digest < b.digest ? -1 : 1),
  );
  const places = layers.flatMap((layer) => placesOf(input, layer));
  const kept = places.filter((place) => isKept(place, input));
  const ledger = new Ledger(input, kept);
  for (const place of places) {
    if (kept.includes(place) || supplyOf(place.layer).isWhole) continue;
    if (!isAwaited(place, input)) ledger.deal(place);
  }
  const { leases } = ledger;
  const supplies = layers.map((layer): LayerSupply => {
    const failure = world.leases.find(({ digest, failure }) => digest === layer.digest && failure);
    const isFetched = leases.some(({ digest, failure }) => digest === layer.digest && !failure);
    const isComing =
      isFetched || places.some((place) => place.layer === layer && isAwaited(place, input));
    const { isWhole } = supplyOf(layer);
    const state = isWhole ? "whole" : isComing ? "coming" : "nowhere";
    return { layer, state, failure: failure?.failure?.message };
  });
  return { leases, supplies, isBudgetSpent: ledger.isSpent, budgetLeft: ledger.budget };
}

/** Zones with a seeder, and those where somebody is at it already. */
function placesOf({ world, seeders }: DealInput, layer: Layer): Place[] {
  const leases = world.leases.filter(({ digest }) => digest === layer.digest);
  const zones = new Set([...seeders.map(({ zone }) => zone), ...leases.map(({ zone }) => zone)]);
  return [...zones].map((zone) => ({
    layer,
    zone,
    lease: leases.find((lease) => lease.zone === zone),
  }));
}

/** An agent that came back to a new leader tells within this time what it is at. */
const TELLING_MS = 3_000;

/** Whether a seeder of the zone may be at it, and has not been able to tell a new leader yet. */
function isAwaited({ zone }: Place, { world, seeders, members, due }: DealInput): boolean {
  const inZone = seeders.filter((one) => one.zone === zone);
  return inZone.some(({ node }) => {
    const member = members.get(node);
    if (member?.liveness === "away") return true;
    const isFresh = !due.passed((member?.agent?.attachedAt ?? 0) + TELLING_MS);
    return isFresh && !due.passed(world.leadingSince + GRACE_MS);
  });
}

/** Whoever is at it goes on, until it has all of it. */
function isKept({ layer, lease }: Place, { world, members }: DealInput): boolean {
  const holder = lease === undefined ? undefined : members.get(lease.node);
  if (lease === undefined || lease.failure !== undefined || holder === undefined) return false;
  if (lacksRoom(world, lease.node)) return false;
  return holder.liveness !== "lost" && !(holder.agent?.held.has(layer.digest) ?? false);
}

/** The leases as they are dealt, and what they cost. */
class Ledger {
  readonly leases: Lease[];
  isSpent = false;
  budget: number;
  readonly #input: DealInput;
  readonly #load = new Map<string, number>();
  readonly #generations = new Map<Digest, number>();

  constructor(input: DealInput, kept: readonly Place[]) {
    this.#input = input;
    this.budget = input.budget;
    this.leases = kept.flatMap(({ lease }) => lease ?? []);
    for (const { layer, lease } of kept) {
      const holder = input.members.get(lease?.node ?? "");
      if (holder !== undefined) this.#charge(layer, holder);
    }
  }

  deal(place: Place): void {
    const { layer, zone, lease } = place;
    const holder = this.#holderFor(place);
    if (holder === undefined) {
      if (lease?.failure !== undefined) this.leases.push(lease);
    } else if (layer.size - bytesHeld(holder, layer) > this.budget) {
      this.isSpent = true;
    } else {
      this.#charge(layer, holder);
      this.leases.push({
        digest: layer.digest,
        zone,
        node: holder.node.name,
        generation: this.#nextGeneration(layer.digest),
        fromPiece: this.#input.supplyOf(layer).firstMissing,
        owner: this.#input.world.distribution.key,
        failure: undefined,
      });
    }
  }

  /** Who has most of what another left unfinished; else who has least to fetch. */
  #holderFor({ layer, zone, lease }: Place): Member | undefined {
    const { seeders, members, due } = this.#input;
    const live = seeders
      .filter((one) => one.zone === zone)
      .flatMap(({ node }) => members.get(node) ?? [])
      .filter(({ liveness }) => liveness === "live");
    const others = live.filter(
      ({ node }) => lease?.failure === undefined || node.name !== lease.node,
    );
    const again = lease?.failure !== undefined && due.passed(lease.failure.at + TRY_AGAIN_MS);
    const usable = others.length > 0 || !again ? others : live;
    return usable.toSorted(
      (a, b) => bytesHeld(b, layer) - bytesHeld(a, layer) || this.#loadOf(a) - this.#loadOf(b),
    )[0];
  }

  #loadOf({ node }: Member): number {
    return this.#load.get(node.name) ?? 0;
  }

  #charge(layer: Layer, holder: Member): void {
    this.budget -= layer.size - bytesHeld(holder, layer);
    this.#load.set(holder.node.name, this.#loadOf(holder) + layer.size);
  }

  #nextGeneration(digest: Digest): number {
    const { generations } = this.#input.world;
    const next = (this.#generations.get(digest) ?? generations.get(digest) ?? 0) + 1;
    this.#generations.set(digest, next);
    return next;
  }
}
