// Answering requests, the oldest first. Little is handed to the sockets at a time, and few requests are taken on: who is told "later" asks another
// peer that has the piece by now, so that the work spreads over all links up.
import { isWaiting, limitOf, takeBytes } from "./image-limits.ts";
import type { Range } from "./messages.ts";
import { addBytes, bytesPerSecond, readyAtMs } from "./meters.ts";
import { add, bytesOf, has } from "./pieces.ts";
import {
  type Blob,
  type Channel,
  isForeign,
  type Link,
  type Request,
  type State,
  send,
} from "./state.ts";

/** Blocks in the socket of one link, and over all links: so much of the link up, and always these. */
const SOCKET_BLOCKS = 2;
const MOST_SOCKET_BLOCKS = 8;
const LINK_UP_MS = 100;
/** A block handed over that long ago waits for its receiver, and not for our link up. */
const FRESH_MS = 100;
/** Requests taken on besides: so much of the link up, and always these. */
const WAITING_BLOCKS = 2;
const WAITING_MS = 20;
const LIMITED_MS = 100;
const LONGEST_WAIT_MS = 1_000;
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
  const { blob } = channel;
  if (isWaiting(state, blob, "upload")) return isLimitFull(state, blob);
  let waiting = 0;
  for (const link of state.links.values()) {
    if (link === channel.link || isForeign(link) || !hasRoom(state, link)) continue;
    for (const request of link.requests) {
      // What waits for its image's limit does not wait for the link up.
      if (!isWaiting(state, request.channel.blob, "upload")) waiting += request.bytes;
    }
  }
  return waiting >= allowance(state, WAITING_MS, WAITING_BLOCKS);
}

/** As much of the blob is asked for already as its image's limit lets through soon: more would only take up what others may ask for. */
function isLimitFull(state: State, blob: Blob): boolean {
  let waiting = 0;
  for (const { link } of blob.channels) {
    for (const { channel, bytes } of link.requests) if (channel.blob === blob) waiting += bytes;
  }
  const soon = (limitOf(state, blob, "upload") * LIMITED_MS) / 1000;
  return waiting >= Math.max(WAITING_BLOCKS * state.policy.blockBytes, soon);
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
    const next = nextToServe(state);
    if (next === undefined) return;
    const { link, request } = next;
    const { blob } = request.channel;
    const done = () => link.requests.splice(link.requests.indexOf(request), 1);
    if (!has(blob.pieces.held, request.piece)) {
      done();
      decline(state, request.channel, request, "reject");
      continue;
    }
    if (isLinkUpFull(state, request.bytes)) {
      state.serveAtMs = state.now + FRESH_MS;
      return;
    }
    const may = takeBytes(state, blob, "upload", request.bytes);
    if (may === "image waits") continue;
    if (may === "node waits") {
      state.uploadWaitedMs = state.now;
      state.serveAtMs = readyAtMs(state.upBucket, request.bytes);
      return;
    }
    done();
    sendBlock(state, link, request.channel, request);
  }
}

function nextToServe(state: State): { link: Link; request: Request } | undefined {
  let best: { link: Link; request: Request } | undefined;
  for (const link of state.links.values()) {
    const request = link.requests.find(({ channel }) => !isWaiting(state, channel.blob, "upload"));
    if (request === undefined) continue;
    if (best !== undefined && !isBefore(state, request, best.request)) continue;
    if (hasRoom(state, link)) best = { link, request };
  }
  return best;
}

/** The higher priority, then the older; who has waited for long is made to wait no more. */
function isBefore({ now }: State, a: Request, b: Request): boolean {
  const urgency = ({ atMs, channel }: Request) =>
    now - atMs > LONGEST_WAIT_MS ? Number.POSITIVE_INFINITY : channel.blob.priority;
  const [one, other] = [urgency(a), urgency(b)];
  return one === other ? a.atMs < b.atMs : one > other;
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
