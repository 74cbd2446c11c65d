import type { Digest } from "../../oci/index.ts";
import type { Lease } from "../decide/world.ts";

/** What an agent says of a lease (session.proto LeaseReport). */
export type LeaseNews = {
  readonly digest: Digest;
  readonly generation: number;
  readonly registryBytes: number;
  readonly reason?: string;
  readonly message?: string;
};

type Counted = Pick<Lease, "owner" | "digest" | "generation">;

const isSame = (a: Lease, b: Lease): boolean =>
  a.digest === b.digest && a.zone === b.zone && a.generation === b.generation && a.node === b.node;

/** Of layers that nobody fetches any more. */
const MOST_GENERATIONS = 100_000;

/** Leases of all distributions: for each layer and zone one, whoever asked for it. */
export class LeaseTable {
  /** By digest, then by zone. */
  readonly #leases = new Map<Digest, Map<string, Lease>>();
  readonly #generations = new Map<Digest, number>();
  readonly #floor: number;
  /** What the registry gave for a distribution, by lease, since it was told to count anew. */
  readonly #bytes = new Map<string, Map<string, number>>();

  /**
   * @param floor every generation that an earlier leader gave is at most this, also of leases that nobody reports: seconds
   * since 1970 are more than any leader gives leases on one layer, and fit into the 32 bits that nodes tell each other
   */
  constructor(floor = 0) {
    this.#floor = floor;
  }

  of(digests: Iterable<Digest>): Lease[] {
    return [...digests].flatMap((digest) => [...(this.#leases.get(digest)?.values() ?? [])]);
  }

  generationsOf(digests: Iterable<Digest>): ReadonlyMap<Digest, number> {
    return new Map([...digests].map((digest) => [digest, this.#highest(digest)]));
  }

  on(node: string): Lease[] {
    return this.#all().filter((lease) => lease.node === node && lease.failure === undefined);
  }

  /** Nodes that fetch for a distribution. */
  nodesOf(owner: string): Set<string> {
    const own = this.#all().filter((lease) => lease.owner === owner && lease.failure === undefined);
    return new Set(own.map(({ node }) => node));
  }

  /** Of all distributions. */
  get size(): number {
    return this.#all().length;
  }

  /**
   * What a distribution has decided. Its other leases end, those of others stay as they are, and those of nobody become its
   * own. Answers with the nodes that have to be told.
   */
  set(owner: string, next: readonly Lease[]): Set<string> {
    const ended = this.#all().filter(
      (lease) => lease.owner === owner && !next.some((other) => isSame(lease, other)),
    );
    const begun = next.filter(
      (lease) =>
        (lease.owner === owner || lease.owner === "") &&
        !this.#all(lease.digest).some((other) => isSame(lease, other) && other.owner === owner),
    );
    const replaced = begun.flatMap(({ digest, zone }) =>
      this.#all(digest).filter((lease) => lease.zone === zone),
    );
    for (const lease of ended) this.#remove(lease);
    for (const lease of begun) {
      if (lease.owner === "") this.#giveBytes(lease, owner);
      this.#put({ ...lease, owner });
    }
    return new Set([...ended, ...replaced, ...begun].map(({ node }) => node));
  }

  /**
   * What a node reports of a lease. One that is not known was given by another controller, and goes on as it is: the first
   * distribution that wants the layer becomes its owner. Answers whether there is something to decide.
   */
  note(node: string, zone: string, news: LeaseNews, now: number): boolean {
    const { digest, generation, registryBytes, reason, message = "" } = news;
    const known = this.#all(digest).find(
      (lease) => lease.node === node && lease.generation === generation,
    );
    if (known === undefined && this.#isOld(digest, zone, generation)) return false;
    const failure =
      reason === undefined ? undefined : { message: `${reason}: ${message}`, at: now };
    const lease: Lease = known ?? {
      digest,
      zone,
      node,
      generation,
      fromPiece: 0,
      owner: "",
      failure,
    };
    this.#count(lease, registryBytes);
    const isNews = known === undefined || (known.failure === undefined) !== (failure === undefined);
    if (isNews) this.#put({ ...lease, failure });
    return isNews;
  }

  /** What the registry gave for a distribution since it was resolved. */
  bytesFor(owner: string): number {
    return [...(this.#bytes.get(owner)?.values() ?? [])].reduce((sum, bytes) => sum + bytes, 0);
  }

  /** Another image: nothing was given for it yet. */
  countAnew(owner: string): void {
    this.#bytes.delete(owner);
  }

  /** Digests on which there is a lease that no distribution asked for, as they came from an earlier leader. */
  ownerless(): Lease[] {
    return this.#all().filter(({ owner }) => owner === "");
  }

  #all(digest?: Digest): Lease[] {
    const some = digest === undefined ? this.#leases.values() : [this.#leases.get(digest)];
    return [...some].flatMap((zones) => [...(zones?.values() ?? [])]);
  }

  #isOld(digest: Digest, zone: string, generation: number): boolean {
    const current = this.#leases.get(digest)?.get(zone);
    return current !== undefined || generation <= (this.#generations.get(digest) ?? 0);
  }

  #put(lease: Lease): void {
    const zones = this.#leases.get(lease.digest) ?? new Map<string, Lease>();
    zones.set(lease.zone, lease);
    this.#leases.set(lease.digest, zones);
    const highest = this.#generations.get(lease.digest) ?? 0;
    this.#generations.delete(lease.digest);
    this.#generations.set(lease.digest, Math.max(highest, lease.generation));
    const [oldest] = this.#generations.keys();
    if (this.#generations.size > MOST_GENERATIONS && oldest !== undefined) {
      this.#generations.delete(oldest);
    }
  }

  #highest(digest: Digest): number {
    return Math.max(this.#floor, this.#generations.get(digest) ?? 0);
  }

  #remove({ digest, zone }: Lease): void {
    const zones = this.#leases.get(digest);
    zones?.delete(zone);
    if (zones?.size === 0) this.#leases.delete(digest);
  }

  #giveBytes({ digest, generation }: Lease, owner: string): void {
    const name = `${digest} ${generation}`;
    const bytes = this.#bytes.get("")?.get(name);
    this.#bytes.get("")?.delete(name);
    if (bytes !== undefined) this.#count({ owner, digest, generation }, bytes);
  }

  #count({ owner, digest, generation }: Counted, bytes: number): void {
    const counts = this.#bytes.get(owner) ?? new Map<string, number>();
    const name = `${digest} ${generation}`;
    counts.set(name, Math.max(bytes, counts.get(name) ?? 0));
    this.#bytes.set(owner, counts);
  }
}
