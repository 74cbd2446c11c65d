// Hash lists as they come in: from peers, and from the issuer.

import { abandon } from "./asks.ts";
import { blameBytes } from "./blame.ts";
import { isCertain } from "./certainty.ts";
import { correctOurselves, doubt, isInDoubt } from "./doubts.ts";
import {
  differ,
  HASH_BYTES,
  isTrusted,
  isUndisputed,
  offer,
  settle,
  takeDisputes,
} from "./hashlist.ts";
import { forgetAll } from "./holdings.ts";
import { giveWay, waitForOthers } from "./leases.ts";
import { closeChannel } from "./links.ts";
import type { HashList, Message } from "./messages.ts";
import { has, isComplete } from "./pieces.ts";
import { blameGeneration, dropPieces, listGrew, park, retractList } from "./proof.ts";
import { askIssuer, type Blob, type Channel, hangUp, isForeign, type State } from "./state.ts";

type Hashes = Extract<Message, { id: "hashes" }>;

/** A peer that we ask streams its list. */
export function hearHashes(state: State, channel: Channel, part: Hashes): void {
  const { blob, link } = channel;
  if (!link.mayAsk || isForeign(link) || blob.list.phase === "proven") return;
  if (isInDoubt(blob, link.peer.node, part)) return;
  if (isCertain(blob)) {
    hearWhileCertain(state, channel, part);
    return;
  }
  const before = blob.list.known;
  const isNewer = part.generation > blob.list.generation;
  const outcome = offer(blob.list, link.peer.node, part);
  switch (outcome) {
    case "malformed":
      hangUp(state, link, "protocol");
      return;
    case "gap":
      // Opened anew, it says all of them.
      closeChannel(state, channel);
      return;
    case "stale":
      return;
    case "disputed":
      askIssuer(state, blob);
      break;
    case "renewed":
      // Peers agree, but a generation is the issuer's to give.
      askIssuer(state, blob);
      state.news.add(blob);
      break;
    default:
  }
  const grew = blob.list.known > before;
  const isAhead = outcome === "renewed" || grew || isBesideUs(blob, part);
  const gaveWay = isAhead && giveWay(state, blob);
  if (isNewer || gaveWay) waitForOthers(state, blob);
  if (grew) listGrew(state, blob);
}

/** The pieces that others have need not come from the registry; and whoever says another hash than ours is wrong. */
function hearWhileCertain(state: State, { blob, link }: Channel, part: Hashes): void {
  const { list } = blob;
  const { node } = link.peer;
  if (part.first > list.known) return;
  const before = list.known;
  const outcome = offer(list, node, part);
  if (outcome === "malformed") hangUp(state, link, "protocol");
  if (outcome === "renewed") state.news.add(blob);
  if (outcome === "disputed") doubt(state, blob, takeDisputes(list));
  if (list.known > before) listGrew(state, blob);
}

/** Of two who fetch the same, the one with the lower number goes on. */
const isBesideUs = ({ lease }: Blob, { generation, issuer }: Hashes) =>
  lease !== undefined && generation === lease.generation && issuer < lease.issuer;

/** The peer's list is void, and so is what it said it holds. Whether ours is too, the issuer says. */
export function hearRetract(state: State, channel: Channel, generation: number): void {
  const { blob, link } = channel;
  if (!link.mayAsk || isForeign(link)) return;
  channel.suggested.clear();
  forgetAll(state, channel);
  const twin = link.twin?.channels.get(blob);
  if (twin !== undefined) forgetAll(state, twin);
  if (generation === blob.list.generation && blob.phase !== "done" && !isCertain(blob))
    askIssuer(state, blob);
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
  } else if (!isCertain(blob)) settleList(state, blob, answer);
}

/** Nobody can say who lied: a hash that all agree on is believed, or else the piece is fetched again, and nobody is blamed. */
function freeSuspects(state: State, blob: Blob): void {
  for (const [piece, from] of blob.suspects) {
    if (isUndisputed(blob.list, piece)) blameBytes(state, blob, piece, from);
    else blob.retries.set(piece, new Set());
  }
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
  const wasDisproven = blob.isDisproven;
  // Where ours is wrong, what it says after the last hash that is certain is not believed either.
  if (stated < list.known && differ(list, answer, stated)) park(state, blob, stated);
  const { changed, wrong } = settle(list, answer);
  dropChanged(state, blob, changed);
  doubt(state, blob, wrong);
  correctOurselves(state, blob, changed);
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
    if (!isTrusted(blob.list, piece)) blob.retries.set(piece, new Set());
    else if (!changed.includes(piece)) blameBytes(state, blob, piece, from);
  }
  blob.suspects.clear();
}
