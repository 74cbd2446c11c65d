// From pieces to a proven blob: each by its hash, the whole by its digest.
import { abandon, closePiece } from "./asks.ts";
import { judgeBadPiece } from "./blame.ts";
import { dropDeals } from "./dealer.ts";
import { hashOf, retract, sameHash, wholeList } from "./hashlist.ts";
import { forgetAll, holdPiece, lookAtDeals, losePiece } from "./holdings.ts";
import { add, bytesOf, createBitmap, has, isComplete, remove } from "./pieces.ts";
import { askIssuer, type Blob, type State, send } from "./state.ts";

export function pieceChecked(state: State, blob: Blob, piece: number, isOk: boolean): void {
  const open = blob.open.get(piece);
  if (open === undefined || !open.isChecking) return;
  closePiece(state, blob, open);
  if (isOk) {
    state.counters.ok++;
    blob.retries.delete(piece);
    blob.promises = 0;
    holdPiece(state, blob, piece);
    proveIfComplete(state, blob);
    return;
  }
  state.counters.bad++;
  state.counters.badHash += bytesOf(blob.pieces, piece);
  state.isWindowStale = true;
  judgeBadPiece(state, blob, piece, open.from);
}

export function proveIfComplete(state: State, blob: Blob): void {
  const isWhole = isComplete(blob.pieces) && blob.list.known === blob.pieces.count;
  if (blob.phase !== "moving" || !isWhole || blob.isDisproven) return;
  blob.phase = "proving";
  state.out.push({ do: "proveBlob", key: blob.key });
}

export function blobProven(state: State, blob: Blob): void {
  if (blob.phase !== "proving") return;
  finish(state, blob);
  state.out.push({ do: "listProven", key: blob.key, list: wholeList(blob.list) });
}

/** It is as it should be: from now on it is only served. */
export function finish(state: State, blob: Blob): void {
  blob.phase = "done";
  blob.list.phase = "proven";
  blob.parked = undefined;
  blob.isFetching = false;
  state.unfinished.delete(blob);
  state.listening.delete(blob);
}

/** Our own stream from the registry was wrong, or else our own disk is the first suspect. */
export function blobDisproven(state: State, blob: Blob): void {
  if (blob.phase !== "proving") return;
  blob.phase = "moving";
  if (blob.lease?.generation === blob.list.generation) {
    blameGeneration(state, blob, "what the registry gave us does not have the digest");
    retractList(state, blob);
    return;
  }
  blob.phase = "rechecking";
  state.out.push({ do: "recheckBlob", key: blob.key, hashes: wholeList(blob.list).hashes });
}

export function blobRechecked(state: State, blob: Blob, bad: readonly number[]): void {
  if (blob.phase !== "rechecking") return;
  blob.phase = "moving";
  const lost = bad.filter((piece) => has(blob.pieces.held, piece));
  if (lost.length > 0) {
    dropPieces(state, blob, lost);
    return;
  }
  blob.isDisproven = true;
  askIssuer(state, blob);
}

export function dropPieces(state: State, blob: Blob, pieces: readonly number[]): void {
  if (pieces.length === 0) return;
  for (const piece of pieces) losePiece(state, blob, piece);
  state.out.push({ do: "discard", key: blob.key, pieces: [...pieces] });
}

export function blameGeneration(state: State, blob: Blob, why: string): void {
  const { generation, issuer } = blob.list;
  const text = `hash list ${generation} of issuer ${issuer} is wrong: ${why}`;
  state.out.push({ do: "blame", generation, finding: { code: "BadList", text } });
}

/** Nothing is left of the list: no piece is claimed, asked, dealt or served. What is on disk waits for a list that has the same hashes. */
export function retractList(state: State, blob: Blob): void {
  const { generation } = blob.list;
  state.counters.retractions++;
  for (const open of [...blob.open.values()]) abandon(state, blob, open);
  park(state, blob, 0);
  retract(blob.list);
  if (blob.isFetching && blob.hasBegun) state.out.push({ do: "stopFetch", key: blob.key });
  state.listening.delete(blob);
  Object.assign(blob, { isFetching: false, lease: undefined, isDisproven: false, phase: "moving" });
  state.unfinished.add(blob);
  blob.suspects.clear();
  blob.doubts.clear();
  blob.retries.clear();
  for (const channel of [...blob.channels]) {
    channel.suggested.clear();
    forgetAll(state, channel);
    dropDeals(state, channel);
    if (channel.link.mayServe) send(state, channel, { id: "retract", generation });
  }
  blob.dealtUpTo = 0;
  lookAtDeals(state, blob);
}

/** Pieces from `first` on have no hash any more: they count as missing until a list has the one they had. */
export function park(state: State, blob: Blob, first: number): void {
  const { held } = blob.pieces;
  const parked = { hashes: blob.list.hashes.slice(), held: createBitmap(held.length) };
  for (let piece = 0; piece < held.length; piece++) {
    const isOlder = blob.parked !== undefined && has(blob.parked.held, piece);
    if (isOlder && blob.parked !== undefined) {
      parked.hashes.set(hashOf(blob.parked, piece), piece * 20);
      add(parked.held, piece);
    }
    if (piece < first || !has(held, piece)) continue;
    add(parked.held, piece);
    losePiece(state, blob, piece);
  }
  blob.newPieces = [];
  blob.parked = parked.held.count > 0 ? parked : undefined;
}

/** Hashes became known, and with them which pieces can be asked for. */
export function listGrew(state: State, blob: Blob): void {
  blob.lastGrowthMs = state.now;
  state.isWindowStale = true;
  state.mustAsk = true;
  state.news.add(blob);
  unpark(state, blob);
  proveIfComplete(state, blob);
}

/** Hashes became known: parked pieces that have them are here, others are worth nothing. */
export function unpark(state: State, blob: Blob): void {
  const { parked, list } = blob;
  if (parked === undefined) return;
  const worthless: number[] = [];
  for (let piece = 0; piece < list.known; piece++) {
    if (!has(parked.held, piece)) continue;
    remove(parked.held, piece);
    if (sameHash(hashOf(parked, piece), hashOf(list, piece))) holdPiece(state, blob, piece);
    else if (!has(blob.pieces.held, piece)) worthless.push(piece);
  }
  if (parked.held.count === 0) blob.parked = undefined;
  if (worthless.length > 0) {
    state.out.push({ do: "discard", key: blob.key, pieces: worthless });
  }
}
