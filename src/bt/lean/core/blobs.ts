// Blobs come and go: what is said of one when it is wanted, and what must be forgotten with it.
import { closePiece } from "./asks.ts";
import { HASH_BYTES, settle } from "./hashlist.ts";
import { holdPiece, lookAtDeals } from "./holdings.ts";
import { endWaits } from "./image-limits.ts";
import { leaseGranted } from "./leases.ts";
import { closeChannel, openEverywhere } from "./links.ts";
import type { BlobSpec } from "./messages.ts";
import { groupOf } from "./neighbours.ts";
import { bitmapFrom, has, isComplete } from "./pieces.ts";
import { finish, proveIfComplete } from "./proof.ts";
import { type Blob, createBlob, imagesOf, type State } from "./state.ts";

export function blobWanted(state: State, spec: BlobSpec): void {
  state.order = undefined;
  state.isWindowStale = true;
  state.mustAsk = true;
  const known = state.blobs.get(spec.key);
  if (known !== undefined) {
    known.priority = spec.priority;
    known.rank = spec.rank;
    known.images = imagesOf(spec);
    if (state.waiting.has(known)) endWaits(state);
    return;
  }
  const blob = createBlob(spec, state.now);
  state.blobs.set(spec.key, blob);
  state.unfinished.add(blob);
  groupOf(state, spec.group);
  takeStock(state, blob, spec);
  openEverywhere(state, blob);
  if (spec.lease !== undefined) leaseGranted(state, blob, spec.lease);
  proveIfComplete(state, blob);
  state.mustLookForPeers = true;
}

/** What is on disk and known already. */
function takeStock(state: State, blob: Blob, spec: BlobSpec): void {
  if (spec.list !== undefined && spec.list.hashes.length % HASH_BYTES === 0) {
    settle(blob.list, spec.list);
  }
  const held = bitmapFrom(spec.held, blob.pieces.count);
  for (let piece = 0; held !== undefined && piece < blob.list.known; piece++) {
    if (has(held, piece)) holdPiece(state, blob, piece);
  }
  blob.newPieces = [];
  state.news.delete(blob);
  const isWhole = isComplete(blob.pieces) && blob.list.known === blob.pieces.count;
  if (spec.proven !== true || !isWhole) return;
  finish(state, blob);
  blob.isOrigin = true;
  lookAtDeals(state, blob);
}

export function blobDropped(state: State, blob: Blob): void {
  for (const open of [...blob.open.values()]) closePiece(state, blob, open);
  for (const channel of [...blob.channels]) closeChannel(state, channel);
  state.blobs.delete(blob.key);
  state.unfinished.delete(blob);
  state.news.delete(blob);
  state.listening.delete(blob);
  state.waiting.delete(blob);
  state.order = undefined;
  state.isWindowStale = true;
  const isLast = [...state.blobs.values()].every(({ group }) => group !== blob.group);
  if (isLast) state.groups.delete(blob.group);
}
