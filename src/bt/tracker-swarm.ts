export type TrackedPeer = {
  /** 20 bytes as hex. */
  readonly peerId: string;
  readonly ip: string;
  readonly port: number;
};

export type SwarmLimits = {
  readonly peers: number;
  /** Answered to one announce. */
  readonly handedOut: number;
  /** A peer that has not announced for this long is gone. */
  readonly expiryMs: number;
};

type Entry = TrackedPeer & { complete: boolean; seenAt: number; place: number };

/** The peers of one torrent: seeders and leechers in arrays, so that a random sample costs no more than its size. */
export class TrackerSwarm {
  readonly #limits: SwarmLimits;
  readonly #random: () => number;
  readonly #peers = new Map<string, Entry>();
  readonly #seeders: Entry[] = [];
  readonly #leechers: Entry[] = [];

  constructor(limits: SwarmLimits, random: () => number) {
    this.#limits = limits;
    this.#random = random;
  }

  get complete(): number {
    return this.#seeders.length;
  }

  get incomplete(): number {
    return this.#leechers.length;
  }

  /** Notes that the peer is there. False says that there is no room: peers that still announce are never put out for a new one. */
  seen(peer: TrackedPeer, complete: boolean, now: number): boolean {
    const key = keyOf(peer);
    const known = this.#peers.get(key);
    if (known === undefined && this.#peers.size >= this.#limits.peers) {
      this.expire(now);
      if (this.#peers.size >= this.#limits.peers) return false;
    }
    if (known !== undefined) this.#remove(known);
    const entry = { ...peer, complete, seenAt: now, place: 0 };
    const others = this.#othersOf(entry);
    entry.place = others.push(entry) - 1;
    this.#peers.set(key, entry);
    return true;
  }

  gone(peer: TrackedPeer): void {
    const known = this.#peers.get(keyOf(peer));
    if (known !== undefined) this.#remove(known);
  }

  /** A random choice of peers that are of use to this one: a seeder gets leechers alone. */
  sample(peer: TrackedPeer, complete: boolean, wanted: number): readonly TrackedPeer[] {
    const count = Math.max(0, Math.min(wanted, this.#limits.handedOut));
    const seeders = complete ? [] : this.#seeders;
    const total = seeders.length + this.#leechers.length;
    const own = this.#placeAmong(peer, seeders);
    const others = own === undefined ? total : total - 1;
    return [...this.#distinct(Math.min(others, count), others)].flatMap((choice) => {
      const place = own !== undefined && choice >= own ? choice + 1 : choice;
      return seeders[place] ?? this.#leechers[place - seeders.length] ?? [];
    });
  }

  /** Where the asking peer itself stands in `seeders` and the leechers behind them. */
  #placeAmong(peer: TrackedPeer, seeders: readonly Entry[]): number | undefined {
    const entry = this.#peers.get(keyOf(peer));
    if (entry === undefined) return undefined;
    if (!entry.complete) return seeders.length + entry.place;
    return seeders.length > 0 ? entry.place : undefined;
  }

  expire(now: number): void {
    // The map is in the order of the last announce.
    for (const entry of this.#peers.values()) {
      if (now - entry.seenAt < this.#limits.expiryMs) return;
      this.#remove(entry);
    }
  }

  /** Floyd's choice of `count` different numbers below `total`. */
  #distinct(count: number, total: number): Set<number> {
    const chosen = new Set<number>();
    for (let top = total - count; top < total; top += 1) {
      const pick = Math.floor(this.#random() * (top + 1));
      chosen.add(chosen.has(pick) ? top : pick);
    }
    return chosen;
  }

  #othersOf = (entry: Entry): Entry[] => (entry.complete ? this.#seeders : this.#leechers);

  #remove(entry: Entry): void {
    this.#peers.delete(keyOf(entry));
    const others = this.#othersOf(entry);
    const last = others.pop();
    if (last === undefined || last === entry) return;
    others[entry.place] = last;
    last.place = entry.place;
  }
}

/** Where a peer listens tells it apart: the id is only its own word. */
const keyOf = (peer: TrackedPeer): string => `${peer.ip} ${peer.port}`;
