// Who holds what: what peers say of themselves, what we come to hold, and so which pieces can be asked for, and where.
import type { Message } from "./messages.ts";
import { addBytes, addSample } from "./meters.ts";
import {
  add,
  addCopy,
  addSource,
  addTaken,
  type Bitmap,
  has,
  hold,
  lose,
  remove,
  removeCopy,
  removeSource,
  removeTaken,
} from "./pieces.ts";
import { forgetUnspread, noteTaken } from "./spread.ts";
import { type Blob, type Channel, isForeign, type State, send } from "./state.ts";

/** The peer holds the piece. */
export function noteHave(state: State, channel: Channel, piece: number): void {
  if (!add(channel.theirs, piece)) return;
  const { blob, link } = channel;
  if (link.mayAsk) {
    addCopy(blob.pieces, piece);
    if (!has(blob.pieces.held, piece)) channel.useful++;
    if (channel.isSource) noteSource(state, channel, piece);
    noteInterest(state, channel);
  }
  if (link.mayServe) {
    addTaken(blob.pieces, piece);
    const one = channel.deals.get(piece);
    if (one !== undefined) {
      addSample(state.dealTimes, state.now - one.atMs);
      addBytes(state.dealt, state.now, one.bytes);
    }
    endDeal(state, channel, piece);
    const holders = blob.pieces.taken[piece] ?? 0;
    noteTaken(state, channel, piece, { wasDealt: one !== undefined, holders });
    if (blob.isOrigin) lookAtDeals(state, blob);
  }
  // What an agent says on the link we ask it on is true of it on the one it asks us on.
  const twin = link.mayServe ? undefined : link.twin?.channels.get(blob);
  if (twin !== undefined) noteHave(state, twin, piece);
}

function noteSource(state: State, channel: Channel, piece: number): void {
  if (addSource(channel.blob.pieces, piece, channel.link.isLocal)) state.isWindowStale = true;
  channel.link.dryAt = -1;
  state.mustAsk = true;
}

export function lookAtDeals(state: State, blob: Blob): void {
  blob.isDealingStale = true;
  state.mustDeal = true;
}

/** The peer does not hold it (any more). */
export function forgetHave(state: State, channel: Channel, piece: number): void {
  if (!remove(channel.theirs, piece)) return;
  const { blob, link } = channel;
  if (link.mayAsk) {
    removeCopy(blob.pieces, piece);
    if (!has(blob.pieces.held, piece)) channel.useful--;
    if (channel.isSource) removeSource(blob.pieces, piece, link.isLocal);
    state.isWindowStale = true;
    noteInterest(state, channel);
  }
  if (link.mayServe) {
    removeTaken(blob.pieces, piece);
    if (channel.unspread.has(piece)) forgetUnspread(blob, piece);
    blob.dealtUpTo = Math.min(blob.dealtUpTo, piece);
    if (blob.isOrigin) lookAtDeals(state, blob);
  }
}

export function forgetAll(state: State, channel: Channel): void {
  for (let piece = 0; piece < channel.theirs.length; piece++) forgetHave(state, channel, piece);
}

export function noteBits(state: State, channel: Channel, bits: Bitmap): void {
  for (let piece = 0; piece < bits.length; piece++) {
    if (has(bits, piece)) noteHave(state, channel, piece);
  }
}

/** Whether its pieces can be asked for has changed: choked, or dealing. */
export function judgeSource(state: State, channel: Channel): void {
  const { blob, link, theirs } = channel;
  const isShut = channel.isChoking || (channel.isDealing && !blob.ignoresDealing);
  const isSource = link.mayAsk && !isShut;
  if (isSource === channel.isSource) return;
  channel.isSource = isSource;
  state.isWindowStale = true;
  for (let piece = 0; piece < theirs.length; piece++) {
    if (!has(theirs, piece)) continue;
    if (isSource) noteSource(state, channel, piece);
    else removeSource(blob.pieces, piece, link.isLocal);
  }
}

export function setIgnoresDealing(state: State, blob: Blob, ignores: boolean): void {
  if (blob.ignoresDealing === ignores) return;
  blob.ignoresDealing = ignores;
  for (const channel of blob.channels) if (channel.isDealing) judgeSource(state, channel);
}

/** Only foreign clients are told: agents serve everybody. */
function noteInterest(state: State, channel: Channel): void {
  const isInteresting = channel.useful > 0;
  if (!isForeign(channel.link) || isInteresting === channel.isInteresting) return;
  channel.isInteresting = isInteresting;
  send(state, channel, { id: isInteresting ? "interested" : "notInterested" });
}

/** The piece is on disk, and its hash right. */
export function holdPiece(state: State, blob: Blob, piece: number): void {
  if (!hold(blob.pieces, piece)) return;
  for (const channel of blob.channels) {
    if (!channel.link.mayAsk || !has(channel.theirs, piece)) continue;
    channel.useful--;
    noteInterest(state, channel);
  }
  blob.newPieces.push(piece);
  state.news.add(blob);
  state.isWindowStale = true;
  if (blob.isOrigin) lookAtDeals(state, blob);
}

export function losePiece(state: State, blob: Blob, piece: number): void {
  if (!lose(blob.pieces, piece)) return;
  for (const channel of blob.channels) {
    if (!channel.link.mayAsk || !has(channel.theirs, piece)) continue;
    channel.useful++;
    noteInterest(state, channel);
  }
  state.isWindowStale = true;
  state.mustAsk = true;
}

/** The deal has come to its end: it arrived, lapsed, or its link is gone. */
export function endDeal(state: State, channel: Channel, piece: number): void {
  const deal = channel.deals.get(piece);
  if (deal === undefined) return;
  channel.deals.delete(piece);
  channel.blob.dealt.delete(piece);
  channel.blob.dealtUpTo = Math.min(channel.blob.dealtUpTo, piece);
  channel.link.openDeals--;
  state.openDealBytes -= deal.bytes;
  state.mustDeal = true;
}

/** How our holdings are told in one message. */
export function holdingsMessage(held: Bitmap): Message {
  if (held.count === 0) return { id: "haveNone" };
  if (held.count === held.length) return { id: "haveAll" };
  return { id: "bitfield", bits: held.bytes.slice() };
}
