import type { Descriptor, Digest } from "../../oci/index.ts";
import { type OnDisk, type RoomNeeded, roomNeeded } from "./room-needed.ts";
import { bytesOf, type StoreLimits } from "./store-limits.ts";

/** All that deciding about room rests upon; sizes are bytes. */
export type DiskWorld = {
  readonly limits: StoreLimits;
  readonly figures: DiskFigures;
  /** Images that have been let in, and for which the runtime will still write so much. */
  readonly underWay: readonly (DiskImage & { readonly runtimeBytes: number })[];
  /** Images that have asked, in the order in which they did. */
  readonly waiting: readonly WaitingImage[];
  /** Images that no assignment wants any more. */
  readonly unwanted: readonly UnwantedImage[];
  /** Layers of images that assignments want, wherever they are. */
  readonly wanted: ReadonlySet<Digest>;
};

export type DiskFigures = OnDisk & {
  /** Of the file system, and what others than root may still take of it. */
  readonly capacityBytes: number;
  readonly freeBytes: number;
};

export type DiskImage = { readonly name: string; readonly layers: readonly Descriptor[] };
export type WaitingImage = DiskImage & {
  /** The higher goes first. */
  readonly priority: number;
  readonly isToBeLoaded: boolean;
};
export type UnwantedImage = DiskImage & { readonly lastUsedMs: number };

export type RoomDecision = {
  /** Names of images that may begin. */
  readonly admit: readonly string[];
  /** By the names of images that may not yet. */
  readonly wait: ReadonlyMap<string, Shortage>;
  /** Names of images to be removed now; whoever waits for that is looked at again then. */
  readonly evict: readonly string[];
};

/** Why there is no room. */
export type Shortage = {
  readonly needed: RoomNeeded;
  /** Promised to images that are under way. */
  readonly reservedBytes: number;
  readonly freeBytes: number;
  readonly keptFreeBytes: number;
  readonly usedBytes: number;
  readonly maxBytes: number;
  /** What the first is of: the disk has no room, or the store may not become so large. */
  readonly where: "disk" | "store";
};

/**
 * Pure. Images go in by their priority, each where it fits beside all that are under way: one that does not fit keeps no smaller
 * one out. Unwanted images make way, those that were used longest ago first: for an image that fits then, and where the disk or
 * the store is beyond its limit. For what would not fit even then, none has to go.
 */
export function decideRoom(world: DiskWorld): RoomDecision {
  const room = new Room(world);
  const admit: string[] = [];
  const wait = new Map<string, Shortage>();
  const byPriority = world.waiting.toSorted((a, b) => b.priority - a.priority);
  for (const { name, layers, isToBeLoaded } of byPriority) {
    const needed = roomNeeded(room.notYetComing(layers), isToBeLoaded, world.figures);
    const shortage = room.shortageFor(needed);
    if (shortage === undefined) admit.push(name);
    else wait.set(name, shortage);
    if (shortage === undefined || room.canMakeWayFor(needed)) room.take(layers, needed);
  }
  room.keepWithinLimits();
  return { admit, wait, evict: room.evicted };
}

/** What is left while images are let in and others make way. */
class Room {
  readonly #world: DiskWorld;
  readonly #maxBytes: number;
  readonly #keptFreeBytes: number;
  /** Before anybody is let in. */
  readonly #usedBytes: number;
  readonly #coming: Set<Digest>;
  #reserved = { storeBytes: 0, runtimeBytes: 0 };
  #freedBytes = 0;
  #candidates: readonly UnwantedImage[];
  readonly evicted: string[] = [];

  constructor(world: DiskWorld) {
    const { limits, figures, underWay, unwanted } = world;
    const { capacityBytes, stored, partial } = figures;
    this.#world = world;
    this.#maxBytes = bytesOf(limits.maxBytes, capacityBytes);
    this.#keptFreeBytes = Math.ceil((capacityBytes * limits.minFreePercent) / 100);
    this.#usedBytes = total(stored.values()) + total(partial.values());
    this.#candidates = unwanted.toSorted((a, b) => a.lastUsedMs - b.lastUsedMs);
    this.#coming = new Set();
    for (const { layers, runtimeBytes } of underWay) {
      const { storeBytes } = roomNeeded(this.notYetComing(layers), false, figures);
      this.take(layers, { storeBytes, runtimeBytes });
    }
  }

  /** Two images may share a layer that is on its way. */
  notYetComing(layers: readonly Descriptor[]): readonly Descriptor[] {
    return layers.filter(({ digest }) => !this.#coming.has(digest));
  }

  take(layers: readonly Descriptor[], { storeBytes, runtimeBytes }: RoomNeeded): void {
    for (const { digest } of layers) this.#coming.add(digest);
    this.#reserved.storeBytes += storeBytes;
    this.#reserved.runtimeBytes += runtimeBytes;
  }

  /** By what is there now: what others make way for is not. */
  shortageFor(needed: RoomNeeded): Shortage | undefined {
    // What needs nothing never waits: an image that is here is here, however full the disk.
    if (needed.storeBytes + needed.runtimeBytes === 0) return undefined;
    const { disk, store } = this.#lackFor(needed, 0);
    if (disk <= 0 && store <= 0) return undefined;
    return {
      needed,
      reservedBytes: this.#reserved.storeBytes + this.#reserved.runtimeBytes,
      freeBytes: this.#world.figures.freeBytes,
      keptFreeBytes: this.#keptFreeBytes,
      usedBytes: this.#usedBytes,
      maxBytes: this.#maxBytes,
      where: store > disk ? "store" : "disk",
    };
  }

  /** Has as many unwanted images go as it takes; none where that is not enough. */
  canMakeWayFor(needed: RoomNeeded): boolean {
    return this.#makeWay((freed) => {
      const { disk, store } = this.#lackFor(needed, freed);
      return disk <= 0 && store <= 0;
    });
  }

  /** As many unwanted images go as it takes, or all. */
  keepWithinLimits(): void {
    const { freeBytes } = this.#world.figures;
    const isWithin = (freed: number) =>
      this.#usedBytes - freed <= this.#maxBytes && freeBytes + freed >= this.#keptFreeBytes;
    if (!this.#makeWay(isWithin)) this.#evict(this.#candidates.length);
  }

  #makeWay(isEnough: (freedBytes: number) => boolean): boolean {
    let freed = this.#freedBytes;
    for (let count = 0; ; count += 1) {
      if (isEnough(freed)) {
        this.#evict(count);
        return true;
      }
      if (count === this.#candidates.length) return false;
      freed = this.#freedBytes + this.#bytesOfFirst(count + 1);
    }
  }

  #evict(count: number): void {
    this.#freedBytes += this.#bytesOfFirst(count);
    this.evicted.push(...this.#candidates.slice(0, count).map(({ name }) => name));
    this.#candidates = this.#candidates.slice(count);
  }

  /** What becomes free when these go: not what others need that stay. */
  #bytesOfFirst(count: number): number {
    const { wanted, figures } = this.#world;
    const going = digestsOf(this.#candidates.slice(0, count));
    const staying = digestsOf(this.#candidates.slice(count));
    return total(
      [...going]
        .filter((digest) => !wanted.has(digest) && !staying.has(digest))
        .map((digest) => figures.stored.get(digest) ?? figures.partial.get(digest) ?? 0),
    );
  }

  /** Bytes that are lacking by either limit; 0 or less where there is enough. */
  #lackFor({ storeBytes, runtimeBytes }: RoomNeeded, freed: number) {
    const reserved = this.#reserved;
    const free = this.#world.figures.freeBytes + freed - this.#keptFreeBytes;
    const mayGrow = this.#maxBytes + freed - this.#usedBytes;
    return {
      disk: storeBytes + runtimeBytes - (free - reserved.storeBytes - reserved.runtimeBytes),
      store: storeBytes - (mayGrow - reserved.storeBytes),
    };
  }
}

const digestsOf = (images: readonly DiskImage[]): Set<Digest> =>
  new Set(images.flatMap(({ layers }) => layers.map(({ digest }) => digest)));

function total(sizes: Iterable<number>): number {
  let sum = 0;
  for (const size of sizes) sum += size;
  return sum;
}
