// Links come and go, and with them the channels of the blobs on them.
import { abandon, endAsk } from "./asks.ts";
import { isStruck } from "./blame.ts";
import { dropDeals } from "./dealer.ts";
import { forgetAll, lookAtDeals } from "./holdings.ts";
import type { BlobKey, LinkEnd, LinkId, Peer } from "./messages.ts";
import { dialFailed, dialled, hasNoPlace, hints, meetDialler } from "./neighbours.ts";
import { inOrder } from "./order.ts";
import { type Blob, type Channel, createLink, isForeign, type Link, type State } from "./state.ts";
import { MAX_CHANNELS, openChannel } from "./telling.ts";

export function linkUp(
  state: State,
  up: { link: LinkId; peer: Peer; dialled: boolean; key?: BlobKey },
): void {
  const link = createLink(state, up.link, up.peer, up.dialled);
  if (up.dialled) dialled(state, up.peer);
  const refusal = whyNot(state, link);
  if (refusal !== undefined) {
    const others = refusal === "busy" ? hints(state) : [];
    state.out.push({ do: "hangUp", link: up.link, reason: refusal, others });
    return;
  }
  state.links.set(link.id, link);
  pair(state, link);
  if (!up.dialled) meetDialler(state, up.peer);
  openChannels(state, link, up.key);
}

function whyNot(state: State, link: Link): LinkEnd | undefined {
  const { peer } = link;
  if (state.links.has(link.id) || peer.node === state.policy.node) return "protocol";
  if (isStruck(state, peer.node)) return "struck";
  const before = sameWay(state, link);
  // Who dials again knows that the old link is dead; a second one of ours is one too many.
  if (before !== undefined && link.dialled) return "refused";
  if (before !== undefined) {
    removeLink(state, before);
    state.out.push({ do: "hangUp", link: before.id, reason: "closed", others: [] });
  }
  return !link.dialled && hasNoPlace(state, link) ? "busy" : undefined;
}

function sameWay(state: State, link: Link): Link | undefined {
  for (const other of state.links.values()) {
    if (other.peer.node === link.peer.node && other.dialled === link.dialled) return other;
  }
  return undefined;
}

function pair(state: State, link: Link): void {
  if (isForeign(link)) return;
  for (const other of state.links.values()) {
    if (other.peer.node !== link.peer.node || other.dialled === link.dialled) continue;
    other.twin = link;
    link.twin = other;
  }
}

function openChannels(state: State, link: Link, key: BlobKey | undefined): void {
  if (isForeign(link)) {
    const blob = key && state.blobs.get(key);
    if (blob === undefined) {
      state.out.push({ do: "hangUp", link: link.id, reason: "refused", others: [] });
      removeLink(state, link);
    } else openChannel(state, link, blob);
    return;
  }
  if (!link.mayAsk) return;
  for (const blob of inOrder(state)) {
    if (blob.phase !== "done" && openChannel(state, link, blob) === undefined) return;
  }
}

/** On every link where it is of use: those we ask on, and those whose other end opened it before we knew it. */
export function openEverywhere(state: State, blob: Blob): void {
  for (const link of state.links.values()) {
    if (isForeign(link)) continue;
    const isWanted = link.mayAsk && blob.phase !== "done";
    if (isWanted && link.channels.size >= MAX_CHANNELS) closeDone(state, link);
    if (isWanted || link.unknownKeys.has(blob.key)) openChannel(state, link, blob);
  }
}

/** Blobs that found no channel before may find one now. */
export function openWaiting(state: State): void {
  for (const link of state.links.values()) {
    if (!link.dialled || isForeign(link) || state.unfinished.size === 0) continue;
    for (const blob of inOrder(state)) {
      if (blob.phase === "done" || link.channels.has(blob)) continue;
      if ((link.refusedKeys.get(blob.key) ?? 0) > state.now) continue;
      if (link.channels.size >= MAX_CHANNELS) closeDone(state, link);
      if (openChannel(state, link, blob) === undefined) break;
    }
  }
}

function closeDone(state: State, link: Link): void {
  for (const channel of [...link.channels.values()]) {
    if (channel.blob.phase === "done") closeChannel(state, channel);
  }
}

export function closeChannel(state: State, channel: Channel): void {
  dropChannel(state, channel);
  state.out.push({ do: "closeChannel", link: channel.link.id, key: channel.blob.key });
}

/** Everything that was under way on it is over. */
export function dropChannel(state: State, channel: Channel): void {
  const { blob, link } = channel;
  for (const one of [...link.asks]) {
    // Giving up a piece ends the other asks for it.
    if (one.channel !== channel || !link.asks.has(one)) continue;
    endAsk(state, one);
    const isSole = one.open.sole === link.peer.node && blob.open.get(one.piece) === one.open;
    if (isSole) abandon(state, blob, one.open);
  }
  forgetAll(state, channel);
  dropDeals(state, channel);
  const left = link.requests.filter((one) => one.channel !== channel);
  link.requests.splice(0, link.requests.length, ...left);
  blob.channels.delete(channel);
  link.channels.delete(blob);
  if (blob.isOrigin) lookAtDeals(state, blob);
}

export function removeLink(state: State, link: Link): void {
  for (const channel of [...link.channels.values()]) dropChannel(state, channel);
  state.links.delete(link.id);
  state.hangUps.delete(link);
  if (link.twin !== undefined) link.twin.twin = undefined;
  state.mustLookForPeers = true;
  state.mustAsk = true;
  state.mustServe = true;
}

export function linkDown(state: State, link: Link, reason: LinkEnd): void {
  removeLink(state, link);
  if (link.dialled && !isForeign(link)) dialFailed(state, link.peer, reason);
}

export function carryOutHangUps(state: State): void {
  for (const [link, { reason, others }] of [...state.hangUps]) {
    state.out.push({ do: "hangUp", link: link.id, reason, others });
    linkDown(state, link, reason);
  }
  state.hangUps.clear();
}
