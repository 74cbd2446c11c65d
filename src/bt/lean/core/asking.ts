// Asking peers for blocks: what they suggested first, then the picker's choice until the budget is used up.
import { abandon, asksOf, cancelAsk, endAsk, findAsk, openPiece, startAsk } from "./asks.ts";
import { budgetBytes, deadlineMs, doubleAfterMs, hasRoom } from "./budget.ts";
import { noteHave, setIgnoresDealing } from "./holdings.ts";
import { isWaiting, limitOf, takeBytes } from "./image-limits.ts";
import type { Range } from "./messages.ts";
import { addBytes, addSample, blockBytesAt, readyAtMs } from "./meters.ts";
import { arrive, freeRange, lacks, type OpenPiece } from "./open-pieces.ts";
import { inOrder } from "./order.ts";
import { nextLink, pick, refreshWindow } from "./picker.ts";
import { bytesOf, has, missing } from "./pieces.ts";
import {
  type Ask,
  type Blob,
  type Channel,
  isForeign,
  type Link,
  type State,
  send,
} from "./state.ts";

/** Asks until there is nothing to ask for, or a limit is reached. */
export function askMore(state: State): void {
  state.askAtMs = undefined;
  if (!askSuggested(state)) return;
  if (state.inFlight >= budgetBytes(state)) return;
  refreshWindow(state);
  const budget = budgetBytes(state);
  while (state.inFlight < budget) {
    const link = nextLink(state, budget);
    if (link === undefined) return;
    const asked = askOne(state, link);
    if (asked === "limited") return;
    if (asked === "waits") refreshWindow(state);
    if (asked === "nothing") link.dryAt = state.version;
  }
}

/** waits: for the limit of its image; limited: nothing else can be asked for either. */
type Asked = "asked" | "nothing" | "waits" | "limited";

function askOne(state: State, link: Link): Asked {
  const picked = pick(state, link);
  if (picked === undefined) return "nothing";
  return askPiece(state, picked.channel, picked.piece, picked.open, false);
}

/** Asks for one block of the piece, which is opened when it is not yet. */
function askPiece(
  state: State,
  channel: Channel,
  piece: number,
  under: OpenPiece | undefined,
  isDealt: boolean,
): Asked {
  const { blob, link } = channel;
  if (under === undefined && !hasRoom(state, bytesOf(blob.pieces, piece))) {
    state.isPoolFull = true;
    return "limited";
  }
  const { blockBytes, foreignBlockBytes } = state.policy;
  const usual = isForeign(link) ? foreignBlockBytes : blockBytes;
  const most = blockBytesAt(limitOf(state, blob, "download"), usual, foreignBlockBytes);
  const bytes = under === undefined ? bytesOf(blob.pieces, piece) : freeRange(under, most)?.bytes;
  if (bytes === undefined) return "nothing";
  const may = mayTake(state, blob, Math.min(most, bytes));
  if (may !== "taken") return may === "image waits" ? "waits" : "limited";
  const open = under ?? openPiece(state, blob, piece);
  const range = freeRange(open, most);
  if (range === undefined) return "nothing";
  if (blob.retries.has(piece)) open.sole ??= link.peer.node;
  startAsk(state, channel, open, range, isDealt);
  return "asked";
}

function mayTake(state: State, blob: Blob, bytes: number): ReturnType<typeof takeBytes> {
  const may = takeBytes(state, blob, "download", bytes);
  if (may === "node waits") state.askAtMs = readyAtMs(state.downBucket, bytes);
  return may;
}

/** False when the pool or the download limit forbids any more. */
function askSuggested(state: State): boolean {
  for (const link of state.links.values()) {
    if (!link.mayAsk) continue;
    for (const channel of link.channels.values()) {
      if (channel.suggested.size > 0 && !askSuggestedOf(state, channel)) return false;
    }
  }
  return true;
}

function askSuggestedOf(state: State, channel: Channel): boolean {
  const { blob, link, suggested } = channel;
  if (channel.isChoking || isWaiting(state, blob, "download")) return true;
  for (const piece of suggested) {
    if (piece >= blob.list.known || blob.suspects.has(piece)) continue;
    while (!has(blob.pieces.held, piece)) {
      if (link.asks.size >= state.policy.requestsPerLink) return true;
      const open = blob.open.get(piece);
      if (open !== undefined && (open.free === 0 || open.isChecking)) break;
      if (open?.sole !== undefined && open.sole !== link.peer.node) break;
      const asked = askPiece(state, channel, piece, open, true);
      if (asked === "limited") return false;
      if (asked === "waits") return true;
    }
    suggested.delete(piece);
  }
  return true;
}

/** An origin suggests a piece; when we have it already, it wants to know. */
export function hearSuggest(state: State, channel: Channel, piece: number): void {
  const { blob } = channel;
  if (piece >= blob.pieces.count) return;
  if (has(blob.pieces.held, piece)) {
    send(state, channel, { id: "have", piece });
    return;
  }
  noteHave(state, channel, piece);
  channel.suggested.add(piece);
  setIgnoresDealing(state, blob, false);
  state.mustAsk = true;
}

/** A block is here. Returns the piece when that was its last one. */
export function blockArrived(
  state: State,
  link: Link,
  blob: Blob,
  range: Range,
): OpenPiece | undefined {
  const one = findAsk(link, blob, range);
  if (one !== undefined) endAsk(state, one);
  noteArrival(state, link, range.bytes, one);
  const open = blob.open.get(range.piece);
  if (open === undefined || open.isChecking) {
    waste(state, one === undefined ? "late" : "duplicate", range.bytes);
    return undefined;
  }
  const fresh = arrive(open, range);
  waste(state, "duplicate", range.bytes - fresh);
  if (fresh === 0) return undefined;
  open.from.add(link.peer.node);
  blob.lastArrivalMs = state.now;
  cancelLosers(state, open);
  if (open.free === 0) state.partial.delete(open);
  if (open.left > 0) return undefined;
  open.isChecking = true;
  state.partial.delete(open);
  return open;
}

function noteArrival(state: State, link: Link, bytes: number, one: Ask | undefined): void {
  addBytes(state.down, state.now, bytes);
  addBytes(link.down, state.now, bytes);
  state.counters.receivedBytes += bytes;
  if (!link.isLocal) state.counters.crossZoneBytes += bytes;
  state.lastArrivalMs = state.now;
  link.usedMs = state.now;
  link.overdue = 0;
  if (one === undefined) return;
  one.channel.pauseMs = 0;
  addSample(link.askTimes, state.now - one.askedMs);
  addSample(state.askTimes, state.now - one.askedMs);
}

function waste(state: State, why: "late" | "duplicate", bytes: number): void {
  state.counters[why] += bytes;
}

/** Whatever else was asked for the same bytes is not wanted any more. */
function cancelLosers(state: State, open: OpenPiece): void {
  for (const one of asksOf(state, open)) {
    if (!lacks(open, one)) cancelAsk(state, one);
  }
}

/** A peer will not send the block. */
export function hearReject(state: State, channel: Channel, range: Range): Ask | undefined {
  const one = findAsk(channel.link, channel.blob, range);
  if (one !== undefined) endAsk(state, one);
  return one;
}

/** A peer has too much to send. What it was asked for is free to be asked of others, and of it again in a while. */
export function hearLater(state: State, channel: Channel, range: Range): void {
  const FIRST_PAUSE_MS = 50;
  const LONGEST_PAUSE_MS = 400;
  const { link } = channel;
  if (hearReject(state, channel, range) === undefined || channel.pausedUntilMs > state.now) return;
  channel.pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, 2 * channel.pauseMs));
  channel.pausedUntilMs = state.now + channel.pauseMs;
  const ends = link.pauseEndsMs > state.now ? link.pauseEndsMs : Number.POSITIVE_INFINITY;
  link.pauseEndsMs = Math.min(ends, channel.pausedUntilMs);
  const others = [...link.channels.values()].filter(({ useful }) => useful > 0);
  const isPaused = others.every(({ pausedUntilMs }) => pausedUntilMs > state.now);
  if (isPaused) link.pausedUntilMs = link.pauseEndsMs;
}

/** Asks that are overdue are made elsewhere. Returns the links that let three in a row run out. */
export function dropOverdue(state: State): Link[] {
  const OVERDUE_IN_A_ROW = 3;
  const stalled = new Set<Link>();
  const limit = deadlineMs(state);
  for (const one of state.asks) {
    if (state.now - one.askedMs < limit) break;
    one.link.overdue++;
    addSample(one.link.askTimes, state.now - one.askedMs);
    cancelAsk(state, one);
    if (one.open.sole === one.link.peer.node) abandon(state, one.channel.blob, one.open);
    if (one.link.overdue % OVERDUE_IN_A_ROW === 0) stalled.add(one.link);
  }
  return [...stalled];
}

/** End game: an ask of a blob's last pieces that takes long is made a second time. */
export function doubleLateAsks(state: State): void {
  const limit = doubleAfterMs(state);
  for (const one of state.asks) {
    if (state.now - one.askedMs < limit) break;
    const { blob } = one.channel;
    const isLast = missing(blob.pieces) <= state.policy.endGamePieces;
    if (!isLast || one.isDoubled || one.open.sole !== undefined) continue;
    const other = otherSource(state, one);
    if (other === undefined) continue;
    const { piece, offset, bytes } = one;
    const may = isWaiting(state, blob, "download") ? "image waits" : mayTake(state, blob, bytes);
    if (may === "node waits") return;
    if (may === "image waits") continue;
    one.isDoubled = true;
    startAsk(state, other, one.open, { piece, offset, bytes }, one.isDealt);
    for (const twin of other.link.asks) if (twin.askedMs === state.now) twin.isDoubled = true;
  }
}

/** The least busy other link that holds the piece and takes blocks of that size. */
function otherSource(state: State, one: Ask): Channel | undefined {
  let best: Channel | undefined;
  for (const channel of one.channel.blob.channels) {
    const { link } = channel;
    if (link === one.link || !link.mayAsk || channel.isChoking) continue;
    if (!has(channel.theirs, one.piece) || findAsk(link, channel.blob, one)) continue;
    if (isForeign(link) && one.bytes > state.policy.foreignBlockBytes) continue;
    if (link.asks.size >= state.policy.requestsPerLink) continue;
    if (best === undefined || link.inFlight < best.link.inFlight) best = channel;
  }
  return best;
}

/** When origins leave us without work for long, we ask them for what they did not suggest. */
export function noticeNoSource(state: State): void {
  if (state.asks.size > 0) return;
  const idleMs = state.now - state.lastArrivalMs;
  const { endGameMs, endGamePieces, noSourceMs } = state.policy;
  for (const blob of inOrder(state)) {
    if (blob.phase !== "moving") continue;
    const patienceMs = missing(blob.pieces) <= endGamePieces ? endGameMs : noSourceMs;
    if (idleMs >= patienceMs) setIgnoresDealing(state, blob, true);
  }
}

/** Makes room when the pool is full of pieces that nobody can complete. */
export function dropStuckPieces(state: State): void {
  if (!state.isPoolFull) return;
  for (const [open, blob] of state.partial) {
    if (open.asks > 0 || (blob.pieces.sources[open.piece] ?? 0) > 0) continue;
    abandon(state, blob, open);
    return;
  }
}
