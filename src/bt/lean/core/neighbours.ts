// Which peers to be linked with: up to 20, our own zone first, whoever dials us dialled back, and nobody kept who is of no use.
import { isStruck } from "./blame.ts";
import type { LinkEnd, Peer } from "./messages.ts";
import { isFull } from "./pieces.ts";
import { type Group, hangUp, type KnownPeer, type Link, type State } from "./state.ts";

const MAX_KNOWN = 512;
const LINKS_A_GROUP = 4;
const FEW_LINKS_RETRY_MS = 3_000;
const RETRY_MS = 60_000;
const FIRST_BACKOFF_MS = 1_000;
const BUSY_BACKOFF_MS = 10_000;
const MAX_BACKOFF_MS = 60_000;
const HINTS = 5;

export function groupOf(state: State, name: string): Group {
  const known = state.groups.get(name);
  if (known !== undefined) return known;
  const group = {
    peers: new Map(),
    askedMs: Number.NEGATIVE_INFINITY,
    isAnswered: false,
    dealt: 0,
  };
  state.groups.set(name, group);
  return group;
}

export function peersFound(state: State, name: string, peers: readonly Peer[]): void {
  const group = state.groups.get(name);
  if (group === undefined) return;
  group.isAnswered = true;
  for (const peer of peers) meet(state, group, peer);
  state.mustLookForPeers = true;
}

function meet(state: State, group: Group, peer: Peer): void {
  if (peer.node === state.policy.node) return;
  const before = group.peers.get(peer.node);
  if (before === undefined && group.peers.size >= MAX_KNOWN) return;
  group.peers.set(peer.node, {
    failures: before?.failures ?? 0,
    // Found for several blobs at once, it is dialled once: of two links of a pair each end could give up another.
    isDialling: before?.isDialling ?? isBeingDialled(state, peer.node),
    notBeforeMs: before?.peer.address === peer.address ? before.notBeforeMs : 0,
    wasBusy: before?.wasBusy ?? false,
    peer,
  });
}

/**
 * Who dials us is dialled back, even if another link has to go: else those who came first have all their links among themselves, and nobody gets what
 * the others have.
 */
function dialBack(state: State, group: Group, peer: Peer): void {
  const known = group.peers.get(peer.node);
  if (known === undefined || known.isDialling || known.notBeforeMs > state.now) return;
  if (isStruck(state, peer.node) || tally(state, group).links < state.policy.maxDegree) return;
  for (const link of state.links.values()) {
    if (link.mayAsk && link.peer.node === peer.node) return;
  }
  const others = [...state.links.values()].filter(
    (link) => link.mayAsk && group.peers.has(link.peer.node) && link.peer.zone === peer.zone,
  );
  shuffle(others, state.random);
  let leastBusy: Link | undefined;
  for (const link of others) {
    if (state.hangUps.has(link) || hasAll(link)) continue;
    if (leastBusy === undefined || link.asks.size < leastBusy.asks.size) leastBusy = link;
  }
  if (leastBusy === undefined) return;
  hangUp(state, leastBusy, "closed");
  dial(state, known);
}

/** Seeders are few, and kept. */
function hasAll({ channels }: Link): boolean {
  for (const { theirs } of channels.values()) if (isFull(theirs)) return true;
  return false;
}

/** Who dials us wants what we want, and can be dialled back. */
export function meetDialler(state: State, peer: Peer): void {
  if (peer.kind === "foreign" || peer.address === "") return;
  for (const name of wantedGroups(state)) {
    const group = groupOf(state, name);
    meet(state, group, peer);
    dialBack(state, group, peer);
  }
  state.mustLookForPeers = true;
}

export function dialled(state: State, peer: Peer): void {
  for (const known of everywhere(state, peer.node)) {
    known.isDialling = false;
    known.failures = 0;
    known.wasBusy = false;
  }
}

export function dialFailed(state: State, peer: Peer, reason: LinkEnd): void {
  for (const known of everywhere(state, peer.node)) {
    known.isDialling = false;
    known.failures++;
    known.wasBusy = reason === "busy";
    const backoff = FIRST_BACKOFF_MS * 2 ** Math.min(known.failures - 1, 10);
    const least = reason === "busy" ? BUSY_BACKOFF_MS : 0;
    const waitMs = Math.min(MAX_BACKOFF_MS, Math.max(least, backoff));
    known.notBeforeMs = state.now + waitMs * (0.5 + state.random() / 2);
  }
  state.mustLookForPeers = true;
}

function isBeingDialled(state: State, node: string): boolean {
  for (const { isDialling } of everywhere(state, node)) if (isDialling) return true;
  return false;
}

function* everywhere(state: State, node: string): Generator<KnownPeer> {
  for (const group of state.groups.values()) {
    const known = group.peers.get(node);
    if (known !== undefined) yield known;
  }
}

function wantedGroups(state: State): Set<string> {
  const names = new Set<string>();
  for (const blob of state.unfinished) names.add(blob.group);
  return names;
}

/** Dials until there are enough links, and asks for more peers while there are not. */
export function lookForPeers(state: State): void {
  state.mustLookForPeers = false;
  const names = wantedGroups(state);
  for (const name of names) {
    const group = groupOf(state, name);
    dialSome(state, group, Math.max(state.policy.maxDegree, LINKS_A_GROUP * names.size));
    findMore(state, name, group);
  }
}

type Tally = { links: number; local: number; across: number };

/** Links to peers of the group, made or being made. */
function tally(state: State, group: Group): Tally {
  const sum = { links: 0, local: 0, across: 0 };
  const count = (peer: Peer) => {
    sum.links++;
    if (peer.zone === state.policy.zone) sum.local++;
    else sum.across++;
  };
  for (const link of state.links.values()) {
    if (link.mayAsk && group.peers.has(link.peer.node)) count(link.peer);
  }
  for (const { isDialling, peer } of group.peers.values()) if (isDialling) count(peer);
  return sum;
}

function dialSome(state: State, group: Group, cap: number): void {
  const { policy } = state;
  const have = tally(state, group);
  const isSmall = group.peers.size <= policy.maxDegree;
  let room = Math.min(policy.maxDegree - have.links, cap - allDialled(state));
  if (room <= 0) return;
  const [local, across] = candidates(state, group);
  for (const known of local) {
    if (room-- <= 0) return;
    dial(state, known);
  }
  // Without enough peers of our own zone, others take their places.
  const lacking = policy.degree - have.local - local.length;
  const most = isSmall ? policy.maxDegree : Math.max(policy.crossZone, lacking);
  let roomAcross = Math.min(room, most - have.across);
  for (const known of across) {
    if (roomAcross-- <= 0) return;
    dial(state, known);
  }
}

function allDialled(state: State): number {
  let count = 0;
  for (const link of state.links.values()) if (link.mayAsk) count++;
  const nodes = new Set<string>();
  for (const { peers } of state.groups.values()) {
    for (const { isDialling, peer } of peers.values()) if (isDialling) nodes.add(peer.node);
  }
  return count + nodes.size;
}

/** Those that may be dialled now, shuffled: of our own zone, and of others. */
function candidates(state: State, group: Group): [KnownPeer[], KnownPeer[]] {
  const linked = new Set<string>();
  for (const link of state.links.values()) if (link.mayAsk) linked.add(link.peer.node);
  const free = [...group.peers.values()].filter(
    ({ peer, isDialling, notBeforeMs }) =>
      !isDialling &&
      !linked.has(peer.node) &&
      notBeforeMs <= state.now &&
      !isStruck(state, peer.node),
  );
  shuffle(free, state.random);
  const isLocal = ({ peer }: KnownPeer) => peer.zone === state.policy.zone;
  return [free.filter(isLocal), free.filter((known) => !isLocal(known))];
}

function shuffle<T>(items: T[], random: () => number): void {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const [a, b] = [items[last], items[other]];
    if (a === undefined || b === undefined) return;
    items[last] = b;
    items[other] = a;
  }
}

function dial(state: State, known: KnownPeer): void {
  for (const one of everywhere(state, known.peer.node)) one.isDialling = true;
  state.out.push({ do: "dial", peer: known.peer });
}

function findMore(state: State, name: string, group: Group): void {
  const { degree } = state.policy;
  const { links } = tally(state, group);
  const everyMs = links < degree ? FEW_LINKS_RETRY_MS : RETRY_MS;
  if (state.now - group.askedMs < everyMs) return;
  group.askedMs = state.now;
  state.out.push({ do: "findPeers", group: name, want: Math.max(1, degree - links) });
}

/** Links of no use for so long are closed: we lack nothing they could give, and they ask for nothing. */
export function dropIdle(state: State): void {
  for (const link of state.links.values()) {
    if (isOfUse(link)) link.usedMs = state.now;
    else if (state.now - link.usedMs >= state.policy.idleMs) hangUp(state, link, "idle");
  }
}

/** Agents that dialled us close the link themselves when they are done with it. */
function isOfUse(link: Link): boolean {
  for (const { blob, theirs } of link.channels.values()) {
    if (link.mayAsk && blob.phase !== "done") return true;
    if (link.mayServe && (link.peer.kind === "agent" || !isFull(theirs))) return true;
  }
  return false;
}

/** Why an accepted link cannot stay, and whom to try instead. */
export function hasNoPlace(state: State, link: Link): boolean {
  const isForeign = link.peer.kind === "foreign";
  let others = 0;
  for (const other of state.links.values()) {
    if (other === link || other.dialled) continue;
    if ((other.peer.kind === "foreign") === isForeign) others++;
  }
  return others >= (isForeign ? state.policy.maxForeign : state.policy.maxAccepted);
}

export function hints(state: State): Peer[] {
  const peers = new Map<string, Peer>();
  for (const { peer } of state.links.values()) {
    if (peer.kind === "agent" && peer.address !== "") peers.set(peer.node, peer);
  }
  const found = [...peers.values()];
  shuffle(found, state.random);
  return found.slice(0, HINTS);
}
