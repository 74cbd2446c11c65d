// Hash lists as they come in: from peers, and from the issuer.
import { abandon } from "./asks.ts";
import { blameBytes } from "./blame.ts";
import { correctOurselves, doubt, isInDoubt } from "./doubts.ts";
import { HASH_BYTES, isTrusted, isUndisputed, offer, settle } from "./hashlist.ts";
import { forgetAll } from "./holdings.ts";
import { yieldLease } from "./leases.ts";
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
  const before = blob.list.known;
  const isNewer = part.generation > blob.list.generation;
  switch (offer(blob.list, link.peer.node, part)) {
    case "malformed":
      hangUp(state, link, "protocol");
      return;
    case "stale":
      return;
    case "disputed":
      askIssuer(state, blob);
      break;
    case "renewed":
      // Peers agree, but a generation is the issuer's to give.
      askIssuer(state, blob);
      yieldLease(state, blob);
      state.news.add(blob);
      break;
    default:
  }
  if (blob.list.known > before) {
    yieldLease(state, blob);
    listGrew(state, blob);
  } else if (isBesideUs(blob, part)) yieldLease(state, blob);
  if (isNewer && blob.promises < MOST_PROMISES) {
    blob.promises += 1;
    blob.lastGrowthMs = state.now;
  }
}

/** Who begins a generation is about to fetch, so we need not; but not for ever without anything to show for it. */
const MOST_PROMISES = 3;

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
  if (isOther && stated < list.known) park(state, blob, stated);
  const wasDisproven = blob.isDisproven;
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
