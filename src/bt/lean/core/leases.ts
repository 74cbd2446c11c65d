// Fetching from the registry under a lease: whoever has one is the issuer of the blob's list, and fetches what nobody has.
import { abandon } from "./asks.ts";
import { isCertain } from "./certainty.ts";
import { correctOurselves, doubt } from "./doubts.ts";
import { appendOwn, HASH_BYTES, isTrusted, truncate } from "./hashlist.ts";
import { holdPiece, lookAtDeals } from "./holdings.ts";
import type { Lease } from "./messages.ts";
import { has, isComplete } from "./pieces.ts";
import { blameGeneration, dropPieces, listGrew, retractList } from "./proof.ts";
import type { Blob, State } from "./state.ts";

/** To stop a stream and begin another one costs so much that is on its way, and so much time. */
const READ_OVER_BYTES = 16 * 1024 * 1024;
const READ_OVER_PIECES = 16;

/** So often others are believed that they fetch, or have, what we lack, when no peer brings a piece of it. */
const MOST_PROMISES = 3;

const believesOthers = (blob: Blob): boolean => blob.promises < MOST_PROMISES;

/** From now on this node is the issuer: it takes over the list it knows, and fetches from the first piece that nobody has. */
export function leaseGranted(state: State, blob: Blob, lease: Lease): void {
  if (blob.phase !== "moving" || lease.generation < blob.list.generation) return;
  blob.lease = lease;
  blob.isOrigin = true;
  blob.hasBegun = false;
  blob.isFetching = true;
  blob.adopted = blob.list.known;
  blob.list.generation = lease.generation;
  blob.list.issuer = lease.issuer;
  if (blob.list.phase === "retracted") blob.list.phase = "empty";
  state.news.add(blob);
  lookAtDeals(state, blob);
  state.listening.set(blob, state.now);
  beginStreams(state);
}

/** Streams of which nobody has said in time that it has them already. */
export function beginStreams(state: State): void {
  for (const [blob, sinceMs] of state.listening) {
    if (state.now < sinceMs + state.policy.listenMs) continue;
    state.listening.delete(blob);
    const fromPiece = Math.max(blob.lease?.fromPiece ?? 0, nextNowhere(blob, 0));
    blob.isFetching = fromPiece < blob.pieces.count;
    blob.hasBegun = blob.isFetching;
    blob.streamAt = fromPiece;
    if (blob.isFetching) state.out.push({ do: "fetch", key: blob.key, fromPiece });
    else blob.promises += 1;
  }
}

/** When the next of them is due. */
export function nextStreamMs({ listening, policy }: State): number {
  return Math.min(Number.POSITIVE_INFINITY, ...listening.values()) + policy.listenMs;
}

/** The first piece from there on that we do not have, nor, as far as they are believed, a linked peer. */
function nextNowhere(blob: Blob, from: number): number {
  const { pieces, list } = blob;
  const isBelieved = believesOthers(blob);
  for (let piece = Math.max(from, pieces.frontier); piece < list.known; piece++) {
    if (!has(pieces.held, piece) && (!isBelieved || pieces.copies[piece] === 0)) return piece;
  }
  return Math.max(from, list.known);
}

export const isSomethingNowhere = (blob: Blob) => nextNowhere(blob, 0) < blob.pieces.count;

/** Somebody says that it fetches, and is ahead of us or comes before us. True when we leave it to them. */
export function giveWay(state: State, blob: Blob): boolean {
  if (isCertain(blob) || (blob.isFetching && !believesOthers(blob))) return false;
  const gaveWay = blob.isFetching;
  leaseLost(state, blob);
  return gaveWay;
}

/** Somebody has begun to fetch, so we need not; but not for ever without a piece to show for it. */
export function waitForOthers(state: State, blob: Blob): void {
  if (!believesOthers(blob)) return;
  blob.promises += 1;
  blob.lastGrowthMs = state.now;
}

export function leaseLost(state: State, blob: Blob): void {
  blob.lease = undefined;
  blob.isFetching = false;
  state.listening.delete(blob);
  blob.lastGrowthMs = state.now;
}

export function pieceFetched(state: State, blob: Blob, piece: number, hash: Uint8Array): void {
  const { list } = blob;
  if (!blob.isFetching || piece > list.known || hash.length !== HASH_BYTES) return;
  blob.hasBegun = true;
  state.listening.delete(blob);
  if (!appendOwn(list, piece, hash)) {
    if (isTrusted(list, piece)) {
      blameGeneration(state, blob, `the registry gives another piece ${piece}`);
      retractList(state, blob);
      return;
    }
    const wasHeld = has(blob.pieces.held, piece);
    overrule(state, blob, piece);
    appendOwn(list, piece, hash);
    // What a peer gave us for it lies where the right bytes were to be written.
    if (wasHeld) {
      state.out.push({ do: "stopFetch", key: blob.key });
      state.out.push({ do: "fetch", key: blob.key, fromPiece: piece });
      listGrew(state, blob);
      return;
    }
  }
  const open = blob.open.get(piece);
  if (open !== undefined) abandon(state, blob, open);
  holdPiece(state, blob, piece);
  blob.streamAt = piece + 1;
  if (isComplete(blob.pieces)) blob.isFetching = false;
  else skipWhatIsHad(state, blob, piece + 1);
  listGrew(state, blob);
}

/** Peers said another hash than that of the bytes which the registry gives: theirs, and what they say after it, is worth nothing. */
function overrule(state: State, blob: Blob, piece: number): void {
  const { list } = blob;
  const liar = list.voucher[piece];
  for (const open of [...blob.open.values()]) {
    if (open.piece >= piece) abandon(state, blob, open);
  }
  const worthless: number[] = [];
  for (let later = piece; later < list.known; later++) {
    if (has(blob.pieces.held, later)) worthless.push(later);
  }
  dropPieces(state, blob, worthless);
  truncate(list, piece);
  if (liar !== undefined) doubt(state, blob, new Map([[liar, new Set([piece])]]));
  correctOurselves(state, blob, [piece]);
}

/**
 * What is here already is read over where there is little of it. Of the list that was there before the lease, so is what others have; of what
 * they say they have since, nothing.
 */
function skipWhatIsHad(state: State, blob: Blob, piece: number): void {
  const next = nextToFetch(blob, piece);
  const gap = next - piece;
  if (gap <= READ_OVER_PIECES || gap * blob.pieces.pieceBytes <= READ_OVER_BYTES) return;
  state.out.push({ do: "stopFetch", key: blob.key });
  blob.isFetching = next < blob.pieces.count;
  blob.streamAt = next;
  if (blob.isFetching) state.out.push({ do: "fetch", key: blob.key, fromPiece: next });
}

function nextToFetch(blob: Blob, from: number): number {
  const { pieces, list } = blob;
  let piece = from < blob.adopted ? nextNowhere(blob, from) : from;
  if (piece < blob.adopted) return piece;
  while (piece < list.known && has(pieces.held, piece)) piece++;
  return piece;
}
