// Answering requests, the oldest first. Little is handed to the sockets at a time, and few requests are taken on: who is told "later" asks another
// peer that has the piece by now, so that the work spreads over all links up.
import type { Range } from "./messages.ts";
import { addBytes, bytesPerSecond, readyAtMs, take } from "./meters.ts";
import { add, bytesOf, has } from "./pieces.ts";
import { type Channel, isForeign, type Link, type State, send } from "./state.ts";

/** Blocks in the socket of one link, and over all links: so much of the link up, and always these. */
const SOCKET_BLOCKS = 2;
const MOST_SOCKET_BLOCKS = 8;
const LINK_UP_MS = 100;
/** A block handed over that long ago waits for its receiver, and not for our link up. */
const FRESH_MS = 100;
/** Requests taken on besides: so much of the link up, and always these. */
const WAITING_BLOCKS = 2;
const WAITING_MS = 20;
const FOREIGN_REQUESTS = 64;
const ROTATE_MS = 10_000;

/** How late our thread is counts so many times. */
const LATE_TIMES = 4;

/** So much of the link up, and at least these blocks; more when our thread gets its turn late: the link must not run dry until it has it again. */
function allowance(state: State, ms: number, blocks: number): number {
  const turns = 1 + (LATE_TIMES * state.latenessMs) / ms;
  const bytes = (bytesPerSecond(state.up, state.now) * ms) / 1000;
  return turns * Math.max(blocks * state.policy.blockBytes, bytes);
}

function decline(state: State, channel: Channel, range: Range, id: "reject" | "later"): void {
  const { piece, offset, bytes } = range;
  state.counters.rejectsSent++;
  send(state, channel, { id: isForeign(channel.link) ? "reject" : id, piece, offset, bytes });
}

function mayHave(state: State, channel: Channel, range: Range): boolean {
  const { pieces } = channel.blob;
  const most = state.policy.blockBytes;
  return (
    channel.link.mayServe &&
    !channel.isChoked &&
    range.piece < pieces.count &&
    has(pieces.held, range.piece) &&
    range.bytes > 0 &&
    range.bytes <= most &&
    range.offset + range.bytes <= bytesOf(pieces, range.piece)
  );
}

export function hearRequest(state: State, channel: Channel, range: Range): void {
  const { link } = channel;
  const most = isForeign(link) ? FOREIGN_REQUESTS : state.policy.requestsPerLink;
  if (!mayHave(state, channel, range)) {
    decline(state, channel, range, "reject");
    return;
  }
  if (link.requests.length >= most || mustWait(state, channel, range)) {
    decline(state, channel, range, "later");
    return;
  }
  const { piece, offset, bytes } = range;
  link.requests.push({ piece, offset, bytes, channel, atMs: state.now });
  link.usedMs = state.now;
  state.mustServe = true;
}

/** Others wait for our link up already, and it is not a piece that we suggested. */
function mustWait(state: State, channel: Channel, range: Range): boolean {
  if (isForeign(channel.link) || channel.deals.has(range.piece)) return false;
  let waiting = 0;
  for (const link of state.links.values()) {
    if (link === channel.link || isForeign(link) || !hasRoom(state, link)) continue;
    for (const { bytes } of link.requests) waiting += bytes;
  }
  return waiting >= allowance(state, WAITING_MS, WAITING_BLOCKS);
}

/** BEP 6: a cancelled request is answered too. */
export function hearCancel(state: State, channel: Channel, range: Range): void {
  const { requests } = channel.link;
  const index = requests.findIndex(
    (one) =>
      one.channel === channel &&
      one.piece === range.piece &&
      one.offset === range.offset &&
      one.bytes === range.bytes,
  );
  if (index < 0) return;
  requests.splice(index, 1);
  decline(state, channel, range, "later");
}

export function blockSent(state: State, link: Link, queuedBytes: number): void {
  link.socketBytes = queuedBytes;
  link.usedMs = state.now;
  state.mustServe = true;
}

/** Hands over blocks while links have room and the upload limit allows. */
export function serve(state: State): void {
  state.serveAtMs = undefined;
  for (;;) {
    const link = nextToServe(state);
    const request = link?.requests[0];
    if (link === undefined || request === undefined) return;
    if (!has(request.channel.blob.pieces.held, request.piece)) {
      link.requests.shift();
      decline(state, request.channel, request, "reject");
      continue;
    }
    if (isLinkUpFull(state, request.bytes)) {
      state.serveAtMs = state.now + FRESH_MS;
      return;
    }
    if (!take(state.upBucket, state.now, request.bytes)) {
      state.uploadWaitedMs = state.now;
      state.serveAtMs = readyAtMs(state.upBucket, request.bytes);
      return;
    }
    link.requests.shift();
    sendBlock(state, link, request.channel, request);
  }
}

function nextToServe(state: State): Link | undefined {
  let best: Link | undefined;
  let bestAtMs = Number.POSITIVE_INFINITY;
  for (const link of state.links.values()) {
    const first = link.requests[0];
    if (first === undefined || first.atMs >= bestAtMs) continue;
    if (!hasRoom(state, link)) continue;
    best = link;
    bestAtMs = first.atMs;
  }
  return best;
}

/** The link's socket takes its next request. */
function hasRoom({ now, policy }: State, { requests, socketBytes, up }: Link): boolean {
  const bytes = requests[0]?.bytes ?? policy.blockBytes;
  const ownBytes = (bytesPerSecond(up, now) * LINK_UP_MS) / 1000;
  const blocks = Math.min(
    MOST_SOCKET_BLOCKS,
    Math.max(SOCKET_BLOCKS, ownBytes / policy.blockBytes),
  );
  return socketBytes === 0 || socketBytes + bytes <= blocks * policy.blockBytes;
}

function isLinkUpFull(state: State, bytes: number): boolean {
  let inSockets = 0;
  for (const { handedMs, socketBytes } of state.links.values()) {
    if (state.now - handedMs < FRESH_MS) inSockets += socketBytes;
  }
  return inSockets > 0 && inSockets + bytes > allowance(state, LINK_UP_MS, 1);
}

function sendBlock(state: State, link: Link, channel: Channel, range: Range): void {
  const { piece, offset, bytes } = range;
  link.socketBytes += bytes;
  link.handedMs = state.now;
  addBytes(state.up, state.now, bytes);
  addBytes(link.up, state.now, bytes);
  state.counters.sentBytes += bytes;
  noteGiven(state, channel, range);
  state.out.push({ do: "sendBlock", link: link.id, key: channel.blob.key, piece, offset, bytes });
}

function noteGiven(state: State, channel: Channel, range: Range): void {
  const { blob } = channel;
  const isFirst = range.offset === 0;
  if (blob.isOrigin && isFirst && !add(blob.given, range.piece)) state.counters.repeated++;
}

export function choke(state: State, channel: Channel): void {
  channel.isChoked = true;
  send(state, channel, { id: "choke" });
  const { requests } = channel.link;
  for (const one of requests.splice(0)) decline(state, one.channel, one, "reject");
}

function unchoke(state: State, channel: Channel): void {
  channel.isChoked = false;
  channel.unchokedMs = state.now;
  send(state, channel, { id: "unchoke" });
}

/** Foreign clients take turns: a few uploads at a time, each for 10 s at least when others wait. */
export function rotateForeign(state: State): void {
  const waiting: Channel[] = [];
  const served: Channel[] = [];
  for (const link of state.links.values()) {
    if (!isForeign(link)) continue;
    for (const channel of link.channels.values()) {
      if (!channel.isChoked && !channel.isInterested) choke(state, channel);
      if (channel.isInterested) (channel.isChoked ? waiting : served).push(channel);
    }
  }
  waiting.sort((a, b) => a.unchokedMs - b.unchokedMs);
  served.sort((a, b) => a.unchokedMs - b.unchokedMs);
  for (const channel of waiting) {
    if (served.length >= state.policy.foreignSlots) {
      const longest = served[0];
      if (longest === undefined || state.now - longest.unchokedMs < ROTATE_MS) return;
      served.shift();
      choke(state, longest);
    }
    unchoke(state, channel);
    served.push(channel);
  }
}
