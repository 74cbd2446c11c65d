// Asks under way and the pieces they fill: the one place where their sums change.
import type { Range } from "./messages.ts";
import { ask, createOpenPiece, type OpenPiece, unask } from "./open-pieces.ts";
import { bytesOf } from "./pieces.ts";
import { type Ask, type Blob, type Channel, type Link, type State, send } from "./state.ts";

export function openPiece(state: State, blob: Blob, piece: number): OpenPiece {
  const bytes = bytesOf(blob.pieces, piece);
  const open = createOpenPiece(piece, bytes, state.policy.foreignBlockBytes);
  blob.open.set(piece, open);
  state.poolUsed += bytes;
  state.partial.set(open, blob);
  return open;
}

function notePartial(state: State, blob: Blob, open: OpenPiece): void {
  if (open.free > 0 && !open.isChecking) state.partial.set(open, blob);
  else state.partial.delete(open);
}

export function startAsk(
  state: State,
  channel: Channel,
  open: OpenPiece,
  range: Range,
  isDealt: boolean,
): void {
  const { link } = channel;
  const one: Ask = {
    ...range,
    link,
    channel,
    open,
    askedMs: state.now,
    isDealt,
    isDoubled: false,
  };
  state.asks.add(one);
  link.asks.add(one);
  link.inFlight += range.bytes;
  link.usedMs = state.now;
  if (isDealt) state.dealtInFlight += range.bytes;
  else state.inFlight += range.bytes;
  ask(open, range);
  notePartial(state, channel.blob, open);
  send(state, channel, { id: "request", ...range });
}

/** The ask is over, with its block or without. */
export function endAsk(state: State, one: Ask): void {
  state.asks.delete(one);
  one.link.asks.delete(one);
  one.link.inFlight -= one.bytes;
  if (one.isDealt) state.dealtInFlight -= one.bytes;
  else state.inFlight -= one.bytes;
  unask(one.open, one);
  if (one.channel.blob.open.get(one.piece) === one.open) {
    notePartial(state, one.channel.blob, one.open);
  }
  state.version++;
  state.mustAsk = true;
}

export function cancelAsk(state: State, one: Ask): void {
  const { piece, offset, bytes } = one;
  send(state, one.channel, { id: "cancel", piece, offset, bytes });
  endAsk(state, one);
}

export function findAsk(link: Link, blob: Blob, range: Range): Ask | undefined {
  for (const one of link.asks) {
    const isSame = one.piece === range.piece && one.offset === range.offset;
    if (isSame && one.bytes === range.bytes && one.channel.blob === blob) return one;
  }
  return undefined;
}

export function asksOf(state: State, open: OpenPiece): Ask[] {
  if (open.asks === 0) return [];
  return [...state.asks].filter((one) => one.open === open);
}

/** The piece's pool slot is free again. */
export function closePiece(state: State, blob: Blob, open: OpenPiece): void {
  for (const one of asksOf(state, open)) cancelAsk(state, one);
  blob.open.delete(open.piece);
  state.partial.delete(open);
  state.poolUsed -= open.bytes;
  state.isPoolFull = false;
  state.version++;
  state.mustAsk = true;
}

/** Gives up a piece that is under way, whatever of it is here. */
export function abandon(state: State, blob: Blob, open: OpenPiece): void {
  closePiece(state, blob, open);
  state.out.push({ do: "abandonPiece", key: blob.key, piece: open.piece });
}
