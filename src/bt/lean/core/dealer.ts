// An origin deals: it suggests each piece that nobody holds to one peer, so that it sends every byte about once. To a foreign client it
// reveals two pieces at a time instead (BEP 16).

import { endDeal, lookAtDeals } from "./holdings.ts";
import { bytesPerSecond, medianOf } from "./meters.ts";
import { levels } from "./order.ts";
import { bytesOf, has, isFull } from "./pieces.ts";
import { dealUnspreadAgain, givesNothing } from "./spread.ts";
import { type Blob, type Channel, isForeign, type State, send } from "./state.ts";
import { revealAll, syncHashes } from "./telling.ts";

/** Deals out at a time, over all links: so much of the link up, but always a few pieces. */
const AHEAD_MS = 200;
const PIECES_AHEAD = 6;
const CHOICE = 64;
const LOWER_EVERY = 16;

export function deal(state: State): void {
  for (const blob of state.blobs.values()) if (blob.isDealingStale) judgeDealing(state, blob);
  const all = levels(state, (blob) => blob.isDealing);
  const lowestFirst = all.toReversed();
  for (let isDealt = all.length > 0; isDealt; ) {
    // Now and then a lower one goes first, so that nothing waits for ever.
    const isLowers = state.turns % LOWER_EVERY === LOWER_EVERY - 1;
    isDealt = (isLowers ? lowestFirst : all).some((level) => dealInTurn(state, level));
    if (isDealt) state.turns++;
  }
}

/** Dealing pays while two or more lack pieces, and some piece is with none of them. */
function judgeDealing(state: State, blob: Blob): void {
  blob.isDealingStale = false;
  const isDealing =
    blob.isOrigin && countTakers(blob) > 1 && (blob.pieces.untaken > 0 || blob.again.size > 0);
  if (isDealing === blob.isDealing) return;
  blob.isDealing = isDealing;
  for (const channel of blob.channels) {
    if (!channel.link.mayServe) continue;
    if (!isDealing) dropDeals(state, channel);
    if (!isForeign(channel.link)) send(state, channel, { id: "dealing", on: isDealing });
    else if (!isDealing) revealAll(state, channel);
  }
}

const isTaker = (channel: Channel) =>
  channel.link.mayServe && channel.hasSpoken && !isFull(channel.theirs);

function countTakers(blob: Blob): number {
  let takers = 0;
  for (const channel of blob.channels) if (isTaker(channel)) takers++;
  return takers;
}

export function dropDeals(state: State, channel: Channel): void {
  for (const piece of [...channel.deals.keys()]) endDeal(state, channel, piece);
}

/** One deal for the image that had the fewest; false when there is none to make. */
function dealInTurn(state: State, level: readonly (readonly Blob[])[]): boolean {
  const turns = level.flatMap((blobs) => {
    const group = state.groups.get(blobs[0]?.group ?? "");
    return group === undefined ? [] : [{ blobs, group }];
  });
  turns.sort((a, b) => a.group.dealt - b.group.dealt);
  for (const { blobs, group } of turns) {
    if (!blobs.some((blob) => dealOne(state, blob))) continue;
    // Who had no work for long must not claim all turns when it has some again.
    group.dealt = Math.max(group.dealt, (turns[0]?.group.dealt ?? 0) - CHOICE) + 1;
    return true;
  }
  return false;
}

function dealOne(state: State, blob: Blob): boolean {
  const piece = nextPiece(state, blob);
  if (piece === undefined) return false;
  const bytes = bytesOf(blob.pieces, piece);
  const ahead = aheadBytes(state, blob);
  if (state.openDealBytes > 0 && state.openDealBytes + bytes > ahead) return false;
  const channel = taker(state, blob, piece, ahead / bytes);
  if (channel === undefined) return false;
  startDeal(state, channel, piece, bytes);
  return true;
}

/** So much is out over all links, from the suggestion to the HAVE: more only makes each piece take longer. */
function aheadBytes(state: State, blob: Blob): number {
  const pieces = PIECES_AHEAD * blob.pieces.pieceBytes;
  return Math.max(pieces, (bytesPerSecond(state.dealt, state.now) * AHEAD_MS) / 1000);
}

/** One of the first pieces that no taker holds, and that is with none: at random, since another origin may deal the same blob. */
function nextPiece(state: State, blob: Blob): number | undefined {
  const { pieces } = blob;
  const choice: number[] = [];
  const isFree = (piece: number) =>
    (pieces.taken[piece] === 0 || blob.again.has(piece)) &&
    !blob.dealt.has(piece) &&
    has(pieces.held, piece);
  for (let piece = blob.dealtUpTo; piece < pieces.count && choice.length < CHOICE; piece++) {
    if (isFree(piece)) choice.push(piece);
    else if (piece === blob.dealtUpTo && has(pieces.held, piece)) blob.dealtUpTo++;
  }
  return choice[Math.floor(state.random() * choice.length)];
}

/** Who has the fewest open deals, and not more than its part of those there may be: else whoever comes first gets all of the first ones. */
function taker(state: State, blob: Blob, piece: number, deals: number): Channel | undefined {
  let best: Channel | undefined;
  let ties = 0;
  const most = Math.max(1, Math.ceil(deals / countTakers(blob)));
  for (const channel of blob.channels) {
    if (
      !isTaker(channel) ||
      has(channel.theirs, piece) ||
      channel.link.openDeals >= most ||
      (givesNothing(channel) && state.openDealBytes > 0) ||
      state.now < channel.link.noDealsUntilMs
    ) {
      continue;
    }
    const more = best === undefined ? -1 : channel.link.openDeals - best.link.openDeals;
    ties = more < 0 ? 1 : more === 0 ? ties + 1 : ties;
    if (more > 0 || (more === 0 && state.random() * ties >= 1)) continue;
    best = channel;
  }
  return best;
}

function startDeal(state: State, channel: Channel, piece: number, bytes: number): void {
  const { blob, link } = channel;
  channel.deals.set(piece, { atMs: state.now, bytes });
  blob.dealt.set(piece, channel);
  link.openDeals++;
  state.openDealBytes += bytes;
  state.counters.dealt++;
  syncHashes(state, channel);
  send(state, channel, { id: isForeign(link) ? "have" : "suggest", piece });
}

/** Deals that took twice as long as is usual go to somebody else, and the last ones sooner, since all wait for them. */
export function lapseDeals(state: State): void {
  const LAPSE_PAUSE_MS = 3_000;
  const { deadlineMs, endGameMs } = state.policy;
  for (const blob of state.blobs.values()) {
    if (dealUnspreadAgain(state, blob)) lookAtDeals(state, blob);
    const isLast = blob.pieces.untaken <= blob.dealt.size;
    const limit = Math.max(isLast ? endGameMs : deadlineMs, 2 * medianOf(state.dealTimes));
    for (const [piece, channel] of blob.dealt) {
      const one = channel.deals.get(piece);
      if (one !== undefined && state.now - one.atMs < limit) continue;
      endDeal(state, channel, piece);
      channel.link.noDealsUntilMs = state.now + LAPSE_PAUSE_MS;
      state.counters.redealt++;
      state.mustDeal = true;
    }
  }
}
