// Which piece next: the rarest of a window of 64 pieces that slides over all blobs in work order.
import { linkBudgetBytes } from "./budget.ts";
import { isWaiting } from "./image-limits.ts";
import type { OpenPiece } from "./open-pieces.ts";
import { levels } from "./order.ts";
import { has } from "./pieces.ts";
import type { Blob, Channel, Link, State } from "./state.ts";

/** Pieces of one image before it is the next one's turn. */
const TURN = 4;

/**
 * Places of the window that are not for the highest priority: for links that have nothing else to give, and for one pick in so many, so that
 * nothing waits for ever.
 */
const LOWER_PLACES = 8;
const LOWER_EVERY = 16;

/** Where the window's making has come to in one image. */
type Walk = { readonly blobs: readonly Blob[]; index: number; piece: number; left: number };

const startWalk = (blobs: readonly Blob[]): Walk => ({
  blobs,
  index: 0,
  piece: blobs[0]?.pieces.frontier ?? 0,
  left: blobs[0]?.pieces.reachable ?? 0,
});

/** The next piece of the image that is missing, to be had, and has a known hash. */
function nextOf(walk: Walk): { blob: Blob; piece: number } | undefined {
  for (;;) {
    const blob = walk.blobs[walk.index];
    if (blob === undefined) return undefined;
    const { held, sources } = blob.pieces;
    while (walk.left > 0 && walk.piece < blob.list.known) {
      const piece = walk.piece++;
      if (has(held, piece) || sources[piece] === 0) continue;
      walk.left--;
      if (blob.suspects.has(piece)) continue;
      return { blob, piece };
    }
    walk.index++;
    walk.piece = walk.blobs[walk.index]?.pieces.frontier ?? 0;
    walk.left = walk.blobs[walk.index]?.pieces.reachable ?? 0;
  }
}

export function refreshWindow(state: State): void {
  if (!state.isWindowStale) return;
  state.isWindowStale = false;
  state.version++;
  const isOpenTo = (blob: Blob) => blob.pieces.reachable > 0 && !isWaiting(state, blob, "download");
  const window: State["window"] = [];
  const { windowPieces } = state.policy;
  const all = levels(state, isOpenTo);
  for (const level of all) {
    let walks = level.map(startWalk);
    const most = level === all[0] && all.length > 1 ? windowPieces - LOWER_PLACES : windowPieces;
    while (walks.length > 0 && window.length < most) {
      walks = walks.filter((walk) => takeTurn(walk, window, most));
    }
  }
  state.window = window;
}

/** False when the image has nothing more. */
function takeTurn(walk: Walk, window: State["window"], windowPieces: number): boolean {
  for (let taken = 0; taken < TURN && window.length < windowPieces; taken++) {
    const next = nextOf(walk);
    if (next === undefined) return false;
    window.push(next);
  }
  return true;
}

/** The link to ask next: the least busy one with something to give, those of our zone first. */
export function nextLink(state: State, budget: number): Link | undefined {
  let best: Link | undefined;
  let links = 0;
  let ties = 0;
  for (const link of state.links.values()) if (link.mayAsk && link.channels.size > 0) links++;
  for (const link of state.links.values()) {
    if (!link.mayAsk || link.channels.size === 0) continue;
    if (link.pauseEndsMs > 0) lookAtPauses(state, link);
    if (link.dryAt === state.version || link.pausedUntilMs > state.now) continue;
    if (link.inFlight >= linkBudgetBytes(state, link, budget, links)) continue;
    if (link.asks.size >= state.policy.requestsPerLink) continue;
    const isTie = best?.isLocal === link.isLocal && best.inFlight === link.inFlight;
    if (best !== undefined && !isTie && !isBetter(link, best)) continue;
    ties = isTie ? ties + 1 : 1;
    if (ties === 1 || state.random() * ties < 1) best = link;
  }
  return best;
}

/** A channel whose pause is over may have something to give again. */
function lookAtPauses(state: State, link: Link): void {
  let next = Number.POSITIVE_INFINITY;
  if (link.pauseEndsMs <= state.now) {
    link.dryAt = -1;
    for (const { pausedUntilMs } of link.channels.values()) {
      if (pausedUntilMs > state.now) next = Math.min(next, pausedUntilMs);
    }
    link.pauseEndsMs = next === Number.POSITIVE_INFINITY ? 0 : next;
  } else next = link.pauseEndsMs;
  if (next < (state.askAtMs ?? Number.POSITIVE_INFINITY)) state.askAtMs = next;
}

const isBetter = (link: Link, than: Link) =>
  link.isLocal === than.isLocal ? link.inFlight < than.inFlight : link.isLocal;

export type Pick = { readonly channel: Channel; readonly piece: number; readonly open?: OpenPiece };

/** What to ask the link for: a piece that is under way, the oldest first, or else the window's rarest. */
export function pick(state: State, link: Link): Pick | undefined {
  return pickOpen(state, link) ?? pickNew(state, link);
}

function pickOpen(state: State, link: Link): Pick | undefined {
  let joined: Pick | undefined;
  for (const [open, blob] of state.partial) {
    const channel = link.channels.get(blob);
    if (channel === undefined || !mayAsk(state, channel, open.piece)) continue;
    if (isWaiting(state, blob, "download")) continue;
    if (open.sole !== undefined && open.sole !== link.peer.node) continue;
    const found = { channel, piece: open.piece, open };
    if (open.from.has(link.peer.node)) return found;
    joined ??= found;
  }
  return joined;
}

/** Across zones only what no peer of our own zone holds. */
function mayAsk(state: State, channel: Channel, piece: number): boolean {
  if (channel.pausedUntilMs > state.now) return false;
  if (!channel.isSource || !has(channel.theirs, piece)) return false;
  return channel.link.isLocal || channel.blob.pieces.localSources[piece] === 0;
}

/** It alone gave a bad copy of the piece, and somebody else holds it as well. */
const isAvoided = ({ blob, link }: Channel, piece: number) =>
  (blob.retries.get(piece)?.has(link.peer.node) ?? false) && (blob.pieces.sources[piece] ?? 0) > 1;

function pickNew(state: State, link: Link): Pick | undefined {
  let best: Pick | undefined;
  let [fewest, ties, highest] = [0, 0, 0];
  const sign = ++state.picks % LOWER_EVERY === 0 ? -1 : 1;
  for (const { blob, piece } of state.window) {
    const channel = link.channels.get(blob);
    if (channel === undefined || !mayAsk(state, channel, piece) || blob.open.has(piece)) continue;
    if (isAvoided(channel, piece)) continue;
    // A slow link must not hold up what others wait for, so it gets what most have.
    const copies = (blob.pieces.copies[piece] ?? 0) * (link.isSlow ? -1 : 1);
    const more = sign * (blob.priority - highest);
    if (best !== undefined && (more < 0 || (more === 0 && copies > fewest))) continue;
    ties = best !== undefined && more === 0 && copies === fewest ? ties + 1 : 1;
    if (ties > 1 && state.random() * ties >= 1) continue;
    best = { channel, piece };
    [fewest, highest] = [copies, blob.priority];
  }
  return best;
}
