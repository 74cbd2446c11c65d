// Telling peers what we hold and what the hashes are: at first contact, and then in batches. A hash goes before the HAVE of its piece.
import { toldHashes } from "./certainty.ts";
import { HASH_BYTES, partFrom } from "./hashlist.ts";
import { holdingsMessage, judgeSource, lookAtDeals, noteBits } from "./holdings.ts";
import { has } from "./pieces.ts";
import {
  type Blob,
  type Channel,
  createChannel,
  isForeign,
  type Link,
  type State,
  send,
} from "./state.ts";

/** Blobs on one link. */
export const MAX_CHANNELS = 64;

/** The blob's channel on the link; our side of it is told at once. */
export function openChannel(state: State, link: Link, blob: Blob): Channel | undefined {
  const known = link.channels.get(blob);
  if (known !== undefined) return known;
  if (link.channels.size >= MAX_CHANNELS) return undefined;
  const channel = createChannel(link, blob);
  link.channels.set(blob, channel);
  blob.channels.add(channel);
  link.unknownKeys.delete(blob.key);
  introduce(state, channel);
  const twin = link.mayServe ? link.twin?.channels.get(blob) : undefined;
  if (twin !== undefined) noteBits(state, channel, twin.theirs);
  if (blob.isOrigin) lookAtDeals(state, blob);
  return channel;
}

function introduce(state: State, channel: Channel): void {
  const { blob, link } = channel;
  syncHashes(state, channel);
  if (mustDealTo(channel)) {
    send(state, channel, isForeign(link) ? { id: "haveNone" } : { id: "dealing", on: true });
  }
  if (!isForeign(link) || !mustDealTo(channel)) {
    send(state, channel, holdingsMessage(blob.pieces.held));
  }
  if (isForeign(link) || !link.mayServe) return;
  channel.isChoked = false;
  send(state, channel, { id: "unchoke" });
}

const mustDealTo = (channel: Channel) => channel.blob.isDealing && channel.link.mayServe;

/** Sends what the link lacks of the hash list; the whole again when there is a new generation. */
export function syncHashes(state: State, channel: Channel): void {
  const { blob, link } = channel;
  const { list } = blob;
  if (isForeign(link) || !link.mayServe || list.phase === "retracted") return;
  const isRenewed = channel.generation !== list.generation && channel.generation >= 0;
  if (channel.generation !== list.generation) {
    channel.generation = list.generation;
    channel.cursor = 0;
    // Whoever begins to fetch says so before it has anything.
    if (blob.isFetching && list.known === 0)
      send(state, channel, { id: "hashes", ...partFrom(list, 0) });
  }
  const known = toldHashes(blob);
  while (channel.cursor < known) {
    const part = partFrom(list, channel.cursor, known);
    send(state, channel, { id: "hashes", ...part });
    channel.cursor += part.hashes.length / HASH_BYTES;
  }
  // What was said under another list is void.
  if (isRenewed) send(state, channel, holdingsMessage(blob.pieces.held));
}

/** Batched: what came in since the last time, to those who lack it. */
export function tellNews(state: State): void {
  state.toldMs = state.now;
  for (const blob of state.news) {
    for (const channel of blob.channels) tell(state, channel);
    blob.newPieces = [];
  }
  state.news.clear();
}

function tell(state: State, channel: Channel): void {
  const { blob, link } = channel;
  syncHashes(state, channel);
  // On the link we ask on, only who deals needs to know.
  if (!link.mayServe && !channel.isDealing) return;
  if (isForeign(link) && blob.isDealing) return;
  for (const piece of blob.newPieces) {
    if (has(blob.pieces.held, piece) && !has(channel.theirs, piece)) {
      send(state, channel, { id: "have", piece });
    } else if (!link.mayServe) send(state, channel, { id: "have", piece });
  }
}

/** The peer deals, or does so no more. While it does it is told what we hold, since it deals what nobody holds. */
export function hearDealing(state: State, channel: Channel, on: boolean): void {
  if (!channel.link.mayAsk || channel.isDealing === on) return;
  channel.isDealing = on;
  if (on) send(state, channel, holdingsMessage(channel.blob.pieces.held));
  else channel.suggested.clear();
  judgeSource(state, channel);
}

/** A foreign client sees everything once nothing is left to deal. */
export function revealAll(state: State, channel: Channel): void {
  const { held } = channel.blob.pieces;
  for (let piece = 0; piece < held.length; piece++) {
    if (has(held, piece) && !has(channel.theirs, piece)) {
      send(state, channel, { id: "have", piece });
    }
  }
}
