// What a peer says, one message at a time. What cannot be meant ends the link.
import { hearLater, hearReject, hearSuggest } from "./asking.ts";
import { endAsk } from "./asks.ts";
import { forgetHave, judgeSource, noteBits, noteHave } from "./holdings.ts";
import { hearHashes, hearRetract } from "./lists.ts";
import type { BlobKey, Message, Range } from "./messages.ts";
import { type Bitmap, bitmapFrom, createBitmap, fill, has } from "./pieces.ts";
import { hearCancel, hearRequest } from "./serving.ts";
import { type Blob, type Channel, hangUp, isForeign, type Link, type State } from "./state.ts";
import { hearDealing, MAX_CHANNELS, openChannel } from "./telling.ts";

export function hear(state: State, link: Link, key: BlobKey, message: Message): void {
  const blob = state.blobs.get(key);
  if (blob === undefined) {
    if (isHoldings(message) && link.unknownKeys.size < MAX_CHANNELS) link.unknownKeys.add(key);
    return;
  }
  const opens = link.mayServe && !isForeign(link) && isHoldings(message);
  const channel = link.channels.get(blob) ?? (opens ? openChannel(state, link, blob) : undefined);
  if (channel === undefined) return;
  if (!hearOn(state, channel, message)) hangUp(state, link, "protocol");
}

const isHoldings = ({ id }: Message) => id === "bitfield" || id === "haveAll" || id === "haveNone";

/** False when the message cannot be. */
function hearOn(state: State, channel: Channel, message: Message): boolean {
  switch (message.id) {
    case "choke":
    case "unchoke":
      hearChoke(state, channel, message.id === "choke");
      return true;
    case "interested":
    case "notInterested":
      channel.isInterested = message.id === "interested";
      state.mustRotate ||= isForeign(channel.link);
      return true;
    case "haveAll":
    case "haveNone":
    case "bitfield":
      return hearHoldings(state, channel, bitsOf(channel.blob, message));
    case "have":
      return hearHave(state, channel, message.piece);
    case "request":
      hearRequest(state, channel, message);
      return isPiece(channel.blob, message.piece);
    case "cancel":
      hearCancel(state, channel, message);
      return true;
    case "reject":
      hearNo(state, channel, message);
      return true;
    case "later":
      hearLater(state, channel, message);
      return true;
    case "suggest":
      hearSuggest(state, channel, message.piece);
      return isPiece(channel.blob, message.piece);
    case "hashes":
      hearHashes(state, channel, message);
      return true;
    case "retract":
      hearRetract(state, channel, message.generation);
      return true;
    case "dealing":
      hearDealing(state, channel, message.on);
      return true;
    default:
      return message satisfies never;
  }
}

const isPiece = (blob: Blob, piece: number) =>
  Number.isInteger(piece) && piece >= 0 && piece < blob.pieces.count;

function bitsOf(blob: Blob, message: Message): Bitmap | undefined {
  if (message.id === "bitfield") return bitmapFrom(message.bits, blob.pieces.count);
  const bits = createBitmap(blob.pieces.count);
  if (message.id === "haveAll") fill(bits);
  return bits;
}

function hearHoldings(state: State, channel: Channel, bits: Bitmap | undefined): boolean {
  if (bits === undefined) return false;
  for (let piece = 0; piece < bits.length; piece++) {
    if (!has(bits, piece)) forgetHave(state, channel, piece);
  }
  noteBits(state, channel, bits);
  begin(state, channel);
  return true;
}

function begin(state: State, channel: Channel): void {
  channel.hasSpoken = true;
  if (!channel.blob.isOrigin) return;
  channel.blob.isDealingStale = true;
  state.mustDeal = true;
}

function hearHave(state: State, channel: Channel, piece: number): boolean {
  if (!isPiece(channel.blob, piece)) return false;
  if (!channel.hasSpoken) begin(state, channel);
  noteHave(state, channel, piece);
  return true;
}

/** BEP 3: a choke loses all asks. BEP 6 clients reject them as well. */
function hearChoke(state: State, channel: Channel, isChoking: boolean): void {
  channel.isChoking = isChoking;
  judgeSource(state, channel);
  state.mustAsk = true;
  if (!isChoking) return;
  for (const one of [...channel.link.asks]) if (one.channel === channel) endAsk(state, one);
}

/** Who rejects without choking does not have the piece, so that it is not asked again and again. */
function hearNo(state: State, channel: Channel, range: Range): void {
  const one = hearReject(state, channel, range);
  if (one !== undefined && !channel.isChoking) forgetHave(state, channel, one.piece);
}
