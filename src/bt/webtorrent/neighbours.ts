import { connect, type Socket } from "node:net";
import { addressOf } from "../peer-address.ts";
import type { Link } from "./link.ts";

export type NeighbourLimits = {
  /** Links of one torrent, those that others opened included. */
  readonly links: number;
  /** Addresses remembered. */
  readonly candidates: number;
  readonly connectMs: number;
};

export type NeighboursOptions = {
  readonly limits: NeighbourLimits;
  /** The address to dial from; undefined leaves it to the kernel. */
  readonly localAddress: string | undefined;
  readonly ownPeerId: string;
  /** Is given a connected socket, and answers with the link that it made of it. */
  onDialled(socket: Socket): Link;
  readonly random: () => number;
  readonly now: () => number;
};

type Candidate = {
  host: string;
  port: number;
  failures: number;
  notBefore: number;
  link?: Link | "dialling";
};
type Neighbour = { readonly link: Link; readonly dialled: boolean };

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;
const SECOND_LINK_AGAIN_MS = 30_000;
const OURSELVES_AGAIN_MS = 3_600_000;

/** Who one torrent is linked to: dials the addresses that trackers name, keeps one link to a peer, and stays away from the banned. */
export class Neighbours {
  readonly #options: NeighboursOptions;
  readonly #candidates = new Map<string, Candidate>();
  readonly #neighbours = new Map<Link, Neighbour>();
  readonly #dialling = new Set<Socket>();
  /** Peer ids, and until when. */
  readonly #banned = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: NeighboursOptions) {
    this.#options = options;
  }

  get links(): Iterable<Link> {
    return this.#neighbours.keys();
  }

  get full(): boolean {
    return this.#neighbours.size + this.#dialling.size >= this.#options.limits.links;
  }

  found(host: string, port: number): void {
    const address = addressOf(host, port);
    if (this.#closed || this.#candidates.has(address)) return;
    if (this.#candidates.size >= this.#options.limits.candidates) this.#forgetOne();
    this.#candidates.set(address, { host, port, failures: 0, notBefore: 0 });
    this.#dial();
  }

  /** Takes up a link that the other side opened. */
  accepted(link: Link): void {
    this.#add({ link, dialled: false });
  }

  /** The peer's handshake has come. False says that the link is to be closed: it leads to ourselves, to a banned peer, or is a second one. */
  identified(link: Link, peerId: string): boolean {
    const neighbour = this.#neighbours.get(link);
    if (peerId === this.#options.ownPeerId) {
      this.rest(link, OURSELVES_AGAIN_MS);
      return false;
    }
    if (this.#isBanned(peerId)) return false;
    for (const other of this.#neighbours.values()) {
      if (other.link === link || other.link.peerId !== peerId) continue;
      const dialledByPeer = neighbour?.dialled !== true && !other.dialled;
      // Both sides must close the same one of two: whoever has the larger id closes what it dialled itself.
      if (dialledByPeer) return false;
      if (this.#options.ownPeerId < peerId) continue;
      const ours = neighbour?.dialled === true ? link : other.link;
      this.rest(ours, SECOND_LINK_AGAIN_MS);
      if (ours === link) return false;
      ours.destroy();
    }
    return true;
  }

  /** Keeps us from dialling this peer for a while; it may still dial us. */
  rest(link: Link, ms: number): void {
    const candidate = this.#candidates.get(link.listenAddress ?? "");
    if (candidate === undefined) return;
    candidate.notBefore = Math.max(candidate.notBefore, this.#options.now() + ms);
  }

  /** Keeps away from this peer for a while. */
  ban(link: Link, ms: number): void {
    this.rest(link, ms);
    if (link.peerId === undefined) return;
    if (this.#banned.size >= this.#options.limits.candidates) this.#banned.clear();
    const until = this.#options.now() + ms;
    this.#banned.set(link.peerId, Math.max(until, this.#banned.get(link.peerId) ?? 0));
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const socket of this.#dialling) socket.destroy();
    for (const link of this.#neighbours.keys()) link.destroy();
  }

  #add(neighbour: Neighbour): void {
    const { link } = neighbour;
    this.#neighbours.set(link, neighbour);
    link.once("close", () => {
      this.#neighbours.delete(link);
      const candidate = this.#candidates.get(link.listenAddress ?? "");
      if (candidate?.link === link) this.#ended(candidate, link.peerId !== undefined);
      this.#dial();
    });
  }

  #dial(): void {
    if (this.#closed) return;
    const now = this.#options.now();
    let next = Number.POSITIVE_INFINITY;
    for (const candidate of this.#candidates.values()) {
      if (this.full) return;
      if (candidate.link !== undefined || this.#isLinkedTo(candidate)) continue;
      if (candidate.notBefore <= now) this.#connect(candidate);
      else next = Math.min(next, candidate.notBefore);
    }
    clearTimeout(this.#timer);
    if (next === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.#dial(), next - now);
    this.#timer.unref();
  }

  #connect(candidate: Candidate): void {
    const { host, port } = candidate;
    const { localAddress, limits } = this.#options;
    candidate.link = "dialling";
    const socket = connect({ host, port, ...(localAddress === undefined ? {} : { localAddress }) });
    this.#dialling.add(socket);
    const deadline = setTimeout(() => socket.destroy(), limits.connectMs);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => {
      clearTimeout(deadline);
      this.#dialling.delete(socket);
      if (candidate.link === "dialling") this.#ended(candidate, false);
      this.#dial();
    });
    socket.once("connect", () => {
      clearTimeout(deadline);
      this.#dialling.delete(socket);
      const link = this.#options.onDialled(socket);
      candidate.link = link;
      link.listenAddress = addressOf(host, port);
      this.#add({ link, dialled: true });
    });
  }

  #ended(candidate: Candidate, greeted: boolean): void {
    delete candidate.link;
    candidate.failures = greeted ? 1 : candidate.failures + 1;
    const ceiling = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (candidate.failures - 1));
    const wait = ceiling * (0.5 + this.#options.random() / 2);
    candidate.notBefore = Math.max(candidate.notBefore, this.#options.now() + wait);
  }

  #isLinkedTo(candidate: Candidate): boolean {
    const address = addressOf(candidate.host, candidate.port);
    for (const link of this.#neighbours.keys()) {
      if (link.listenAddress === address) return true;
    }
    return false;
  }

  #isBanned(key: string): boolean {
    const until = this.#banned.get(key);
    if (until === undefined) return false;
    if (until > this.#options.now()) return true;
    this.#banned.delete(key);
    return false;
  }

  /** Makes room: the unlinked address that has failed most often. */
  #forgetOne(): void {
    let worst: [string, Candidate] | undefined;
    for (const entry of this.#candidates) {
      if (entry[1].link !== undefined) continue;
      if (worst === undefined || entry[1].failures > worst[1].failures) worst = entry;
    }
    if (worst !== undefined) this.#candidates.delete(worst[0]);
  }
}
