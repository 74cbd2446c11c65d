// What became of the pieces that an origin dealt: each is to come from its taker to the others. A taker that gives nothing away, since it cannot, or
// lies and nobody asks it any more, is dealt no more, and what it has is dealt again.
import type { Blob, Channel, State } from "./state.ts";

const SPREAD_MS = 2_000;
const MOST_UNSPREAD = 3;

/** The channel's peer now holds the piece, as so many of those we serve do. */
export function noteTaken(
  state: State,
  channel: Channel,
  piece: number,
  { wasDealt, holders }: { wasDealt: boolean; holders: number },
): void {
  const { blob } = channel;
  if (holders > 1) forgetUnspread(blob, piece);
  else if (wasDealt) {
    channel.unspread.add(piece);
    blob.unspread.set(piece, { channel, sinceMs: state.now });
  }
}

export function forgetUnspread(blob: Blob, piece: number): void {
  blob.unspread.get(piece)?.channel.unspread.delete(piece);
  blob.unspread.delete(piece);
  blob.again.delete(piece);
}

export const givesNothing = (channel: Channel): boolean => channel.unspread.size >= MOST_UNSPREAD;

/** True when there is something to deal again. */
export function dealUnspreadAgain(state: State, blob: Blob): boolean {
  let isSome = false;
  for (const [piece, { sinceMs }] of blob.unspread) {
    if (state.now - sinceMs < SPREAD_MS) break;
    if (blob.again.has(piece)) continue;
    blob.again.add(piece);
    blob.dealtUpTo = Math.min(blob.dealtUpTo, piece);
    isSome = true;
  }
  return isSome;
}
