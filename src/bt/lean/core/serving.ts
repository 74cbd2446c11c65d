// Answering requests: a short queue a link, the oldest request first, at most two blocks a link waiting in user space.
import type { Range } from "./messages.ts";
import { addBytes, readyAtMs, take } from "./meters.ts";
import { add, bytesOf, has } from "./pieces.ts";
import { type Channel, isForeign, type Link, type State, send } from "./state.ts";

const SOCKET_BLOCKS = 2;
const FOREIGN_REQUESTS = 64;
const ROTATE_MS = 10_000;

const reject = (state: State, channel: Channel, range: Range): void => {
  const { piece, offset, bytes } = range;
  state.counters.rejectsSent++;
  send(state, channel, { id: "reject", piece, offset, bytes });
};

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
  if (!mayHave(state, channel, range) || link.requests.length >= most) {
    reject(state, channel, range);
    return;
  }
  const { piece, offset, bytes } = range;
  link.requests.push({ piece, offset, bytes, channel, atMs: state.now });
  link.usedMs = state.now;
  state.mustServe = true;
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
  reject(state, channel, range);
}

export function blockSent(state: State, link: Link, queuedBytes: number): void {
  link.socketBytes = queuedBytes;
  link.usedMs = state.now;
  state.mustServe = true;
}

/** Hands over blocks while links have room and the upload limit allows. */
export function serve(state: State): void {
  for (;;) {
    const link = nextToServe(state);
    const request = link?.requests[0];
    if (link === undefined || request === undefined) return;
    if (!has(request.channel.blob.pieces.held, request.piece)) {
      link.requests.shift();
      reject(state, request.channel, request);
      continue;
    }
    if (!take(state.upBucket, state.now, request.bytes)) {
      state.uploadWaitedMs = state.now;
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
    if (link.socketBytes > 0 && link.socketBytes + first.bytes > socketLimit(state)) continue;
    best = link;
    bestAtMs = first.atMs;
  }
  return best;
}

const socketLimit = (state: State) => SOCKET_BLOCKS * state.policy.blockBytes;

function sendBlock(state: State, link: Link, channel: Channel, range: Range): void {
  const { piece, offset, bytes } = range;
  link.socketBytes += bytes;
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

/** When the upload limit lets the next block pass, if one waits for that. */
export function nextServeMs(state: State): number | undefined {
  const request = nextToServe(state)?.requests[0];
  return request === undefined ? undefined : readyAtMs(state.upBucket, request.bytes);
}

export function choke(state: State, channel: Channel): void {
  channel.isChoked = true;
  send(state, channel, { id: "choke" });
  const { requests } = channel.link;
  for (const one of requests.splice(0)) reject(state, one.channel, one);
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
