// Hash lists as they come in: from peers, from the issuer, and from our own fetching under a lease.
import { abandon } from "./asks.ts";
import { blameBytes, strike } from "./blame.ts";
import { appendOwn, HASH_BYTES, offer, settle } from "./hashlist.ts";
import { forgetAll, holdPiece, lookAtDeals } from "./holdings.ts";
import type { HashList, Lease, Message } from "./messages.ts";
import { has, isComplete } from "./pieces.ts";
import {
  blameGeneration,
  dropPieces,
  park,
  proveIfComplete,
  retractList,
  unpark,
} from "./proof.ts";
import { askIssuer, type Blob, type Channel, hangUp, isForeign, type State } from "./state.ts";

type Hashes = Extract<Message, { id: "hashes" }>;

/** A peer that we ask streams its list. */
export function hearHashes(state: State, channel: Channel, part: Hashes): void {
  const { blob, link } = channel;
  if (!link.mayAsk || isForeign(link) || blob.list.phase === "proven") return;
  const before = blob.list.known;
  switch (offer(blob.list, link.peer.node, part)) {
    case "malformed":
      hangUp(state, link, "protocol");
      return;
    case "disputed":
      askIssuer(state, blob);
      break;
    case "renewed":
      // Peers agree, but a generation is the issuer's to give.
      askIssuer(state, blob);
      blob.lease = undefined;
      state.news.add(blob);
      break;
    default:
  }
  if (blob.list.known > before) listGrew(state, blob);
}

function listGrew(state: State, blob: Blob): void {
  blob.lastGrowthMs = state.now;
  state.isWindowStale = true;
  state.mustAsk = true;
  state.news.add(blob);
  unpark(state, blob);
  proveIfComplete(state, blob);
}

/** The peer's list is void, and so is what it said it holds. Whether ours is too, the issuer says. */
export function hearRetract(state: State, channel: Channel, generation: number): void {
  const { blob, link } = channel;
  if (!link.mayAsk || isForeign(link)) return;
  channel.suggested.clear();
  forgetAll(state, channel);
  if (generation === blob.list.generation && blob.phase !== "done") askIssuer(state, blob);
}

export function issuerAnswered(
  state: State,
  blob: Blob,
  answer: HashList | "retracted" | "silent",
): void {
  blob.isIssuerAsked = false;
  if (blob.phase === "done") return;
  if (answer === "silent") freeSuspects(state, blob);
  else if (answer === "retracted") {
    if (blob.list.phase !== "retracted") retractList(state, blob);
  } else settleList(state, blob, answer);
}

/** Nobody can say who lied: the pieces are fetched again, and nobody is blamed. */
function freeSuspects(state: State, blob: Blob): void {
  for (const piece of blob.suspects.keys()) blob.retries.set(piece, new Set());
  blob.suspects.clear();
  state.isWindowStale = true;
  state.mustAsk = true;
}

function settleList(state: State, blob: Blob, answer: HashList): void {
  const { list } = blob;
  if (answer.hashes.length % HASH_BYTES !== 0) return;
  if (list.phase === "retracted" && answer.generation <= list.generation) return;
  const isOther = answer.generation !== list.generation;
  const stated = answer.hashes.length / HASH_BYTES;
  if (isOther && stated < list.known) park(state, blob, stated);
  const wasDisproven = blob.isDisproven;
  const { changed, liars } = settle(list, answer);
  dropChanged(state, blob, changed);
  for (const node of liars) {
    strike(state, node, "BadHashes", `${node} passed on hashes that the issuer did not make`);
  }
  judgeSuspects(state, blob, changed);
  blob.isDisproven = false;
  if (wasDisproven && !isOther && changed.length === 0 && isComplete(blob.pieces)) {
    blameGeneration(state, blob, "every piece fits it, and the whole does not have the digest");
    retractList(state, blob);
    return;
  }
  listGrew(state, blob);
}

function dropChanged(state: State, blob: Blob, changed: readonly number[]): void {
  for (const piece of changed) {
    const open = blob.open.get(piece);
    if (open !== undefined) abandon(state, blob, open);
  }
  dropPieces(
    state,
    blob,
    changed.filter((piece) => has(blob.pieces.held, piece)),
  );
}

/** Where the hash was right, the sender of the bytes is to blame. */
function judgeSuspects(state: State, blob: Blob, changed: readonly number[]): void {
  for (const [piece, from] of blob.suspects) {
    if (!changed.includes(piece)) blameBytes(state, blob, piece, from);
  }
  blob.suspects.clear();
}

/** From now on this node is the issuer: it takes over the list it knows, and fetches from the first piece that nobody has. */
export function leaseGranted(state: State, blob: Blob, lease: Lease): void {
  if (blob.phase !== "moving" || lease.generation < blob.list.generation) return;
  blob.lease = lease;
  blob.isOrigin = true;
  blob.list.generation = lease.generation;
  blob.list.issuer = lease.issuer;
  if (blob.list.phase === "retracted") blob.list.phase = "empty";
  blob.isFetching = !isComplete(blob.pieces);
  state.news.add(blob);
  lookAtDeals(state, blob);
  if (!blob.isFetching) return;
  const fromPiece = Math.max(lease.fromPiece, firstNowhere(blob));
  state.out.push({ do: "fetch", key: blob.key, fromPiece });
}

function firstNowhere({ pieces, list }: Blob): number {
  for (let piece = pieces.frontier; piece < list.known; piece++) {
    if (!has(pieces.held, piece) && pieces.copies[piece] === 0) return piece;
  }
  return list.known;
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
  listGrew(state, blob);
}
