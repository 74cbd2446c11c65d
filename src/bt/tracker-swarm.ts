import { handOut } from "./hand-out.ts";

export type TrackedPeer = {
  /** 20 bytes as hex. */
  readonly peerId: string;
  readonly ip: string;
  readonly port: number;
  /** By its own word; "" when it has said none. */
  readonly zone: string;
};

export type SwarmLimits = {
  readonly peers: number;
  /** Peers of further zones count as having said none. */
  readonly zones: number;
  /** Answered to one announce. */
  readonly handedOut: number;
  /** A peer that has not announced for this long is gone. */
  readonly expiryMs: number;
};

type Entry = TrackedPeer & { complete: boolean; seenAt: number; place: number };
type Zone = { readonly zone: string; readonly complete: Entry[]; readonly incomplete: Entry[] };

/** The peers of one torrent. */
export class TrackerSwarm {
  readonly #limits: SwarmLimits;
  readonly #random: () => number;
  readonly #peers = new Map<string, Entry>();
  readonly #zones = new Map<string, Zone>();

  constructor(limits: SwarmLimits, random: () => number) {
    this.#limits = limits;
    this.#random = random;
  }

  get complete(): number {
    return this.#zones.values().reduce((sum, { complete }) => sum + complete.length, 0);
  }

  get incomplete(): number {
    return this.#peers.size - this.complete;
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
    const zone = this.#zoneFor(peer.zone);
    const entry = { ...peer, zone: zone.zone, complete, seenAt: now, place: 0 };
    entry.place = alike(zone, entry).push(entry) - 1;
    this.#peers.set(key, entry);
    return true;
  }

  gone(peer: TrackedPeer): void {
    const known = this.#peers.get(keyOf(peer));
    if (known !== undefined) this.#remove(known);
  }

  /** Peers that are of use to this one. */
  sample(peer: TrackedPeer, isComplete: boolean, wanted: number): readonly TrackedPeer[] {
    const self = this.#peers.get(keyOf(peer));
    const asker = {
      zone: self?.zone ?? peer.zone,
      isComplete,
      wanted: Math.min(wanted, this.#limits.handedOut),
      is: (other: Entry) => other === self,
    };
    return handOut([...this.#zones.values()], asker, this.#random);
  }

  expire(now: number): void {
    // The map is in the order of the last announce.
    for (const entry of this.#peers.values()) {
      if (now - entry.seenAt < this.#limits.expiryMs) return;
      this.#remove(entry);
    }
  }

  #zoneFor(name: string): Zone {
    const known = this.#zones.get(name);
    if (known !== undefined) return known;
    if (name !== "" && this.#zones.size >= this.#limits.zones) return this.#zoneFor("");
    const zone = { zone: name, complete: [], incomplete: [] };
    this.#zones.set(name, zone);
    return zone;
  }

  #remove(entry: Entry): void {
    this.#peers.delete(keyOf(entry));
    const zone = this.#zoneFor(entry.zone);
    const others = alike(zone, entry);
    const last = others.pop();
    if (last !== undefined && last !== entry) {
      others[entry.place] = last;
      last.place = entry.place;
    }
    if (zone.complete.length + zone.incomplete.length === 0) this.#zones.delete(entry.zone);
  }
}

/** Those of a zone that are as complete as this one. */
const alike = (zone: Zone, { complete }: Entry): Entry[] =>
  complete ? zone.complete : zone.incomplete;

/** Where a peer listens tells it apart: the id is only its own word. */
const keyOf = (peer: TrackedPeer): string => `${peer.ip} ${peer.port}`;
