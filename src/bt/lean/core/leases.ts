// Fetching from the registry under a lease: whoever has one is the issuer of the blob's list, and fetches what nobody has.
import { abandon } from "./asks.ts";
import { appendOwn, HASH_BYTES } from "./hashlist.ts";
import { holdPiece, lookAtDeals } from "./holdings.ts";
import type { Lease } from "./messages.ts";
import { has, isComplete } from "./pieces.ts";
import { blameGeneration, listGrew, retractList } from "./proof.ts";
import type { Blob, State } from "./state.ts";

/** To stop a stream and begin another one costs about as much as to read over so many pieces. */
const READ_OVER_PIECES = 16;

/** From now on this node is the issuer: it takes over the list it knows, and fetches from the first piece that nobody has. */
export function leaseGranted(state: State, blob: Blob, lease: Lease): void {
  if (blob.phase !== "moving" || lease.generation < blob.list.generation) return;
  blob.lease = lease;
  blob.isOrigin = true;
  blob.list.generation = lease.generation;
  blob.list.issuer = lease.issuer;
  if (blob.list.phase === "retracted") blob.list.phase = "empty";
  state.news.add(blob);
  lookAtDeals(state, blob);
  const fromPiece = Math.max(lease.fromPiece, nextNowhere(blob, 0));
  blob.isFetching = fromPiece < blob.pieces.count;
  if (blob.isFetching) state.out.push({ do: "fetch", key: blob.key, fromPiece });
}

/** The first piece from there on that neither we nor a linked peer have. */
function nextNowhere({ pieces, list }: Blob, from: number): number {
  for (let piece = Math.max(from, pieces.frontier); piece < list.known; piece++) {
    if (!has(pieces.held, piece) && pieces.copies[piece] === 0) return piece;
  }
  return Math.max(from, list.known);
}

export const isSomethingNowhere = (blob: Blob) => nextNowhere(blob, 0) < blob.pieces.count;

/** Somebody else fetches, and is ahead of us or comes before us. */
export function yieldLease(state: State, blob: Blob): void {
  if (blob.isFetching) state.out.push({ do: "stopFetch", key: blob.key });
  leaseLost(state, blob);
}

export function leaseLost(state: State, blob: Blob): void {
  blob.lease = undefined;
  blob.isFetching = false;
  blob.lastGrowthMs = state.now;
}

export function pieceFetched(state: State, blob: Blob, piece: number, hash: Uint8Array): void {
  const { list } = blob;
  if (!blob.isFetching || piece > list.known || hash.length !== HASH_BYTES) return;
  if (!appendOwn(list, piece, hash)) {
    blameGeneration(state, blob, `the registry gives another piece ${piece}`);
    retractList(state, blob);
    return;
  }
  const open = blob.open.get(piece);
  if (open !== undefined) abandon(state, blob, open);
  holdPiece(state, blob, piece);
  if (isComplete(blob.pieces)) blob.isFetching = false;
  else skipWhatIsHad(state, blob, piece + 1);
  listGrew(state, blob);
}

function skipWhatIsHad(state: State, blob: Blob, piece: number): void {
  const next = nextNowhere(blob, piece);
  if (next - piece <= READ_OVER_PIECES) return;
  state.out.push({ do: "stopFetch", key: blob.key });
  blob.isFetching = next < blob.pieces.count;
  if (blob.isFetching) state.out.push({ do: "fetch", key: blob.key, fromPiece: next });
}
