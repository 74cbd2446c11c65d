// Nodes that said a hash which the issuer did not make. Who only passed on what it had heard finds that out as we did, and says the right one soon after;
// who does not is to blame. Until then nothing else that it says of the list is believed.
import { strike } from "./blame.ts";
import { HASH_BYTES, hashOf, sameHash } from "./hashlist.ts";
import type { Message } from "./messages.ts";
import { type Blob, isForeign, type State } from "./state.ts";

const GRACE_MS = 2_000;

export type Doubt = { readonly sinceMs: number; readonly pieces: Set<number> };

export function doubt(state: State, blob: Blob, wrong: ReadonlyMap<string, Set<number>>): void {
  for (const [node, pieces] of wrong) {
    const before = blob.doubts.get(node);
    if (before === undefined) blob.doubts.set(node, { sinceMs: state.now, pieces });
    else for (const piece of pieces) before.pieces.add(piece);
  }
}

/** The node says hashes again. True while there are others that it has yet to correct. */
export function isInDoubt(
  blob: Blob,
  node: string,
  { first, hashes }: Extract<Message, { id: "hashes" }>,
): boolean {
  const pieces = blob.doubts.get(node)?.pieces;
  if (pieces === undefined) return false;
  for (const piece of pieces) {
    const at = (piece - first) * HASH_BYTES;
    const said = hashes.subarray(Math.max(0, at), Math.max(0, at + HASH_BYTES));
    if (said.length === HASH_BYTES && sameHash(said, hashOf(blob.list, piece))) {
      pieces.delete(piece);
    }
  }
  if (pieces.size > 0) return true;
  blob.doubts.delete(node);
  return false;
}

/** Our own list had these wrong, and we may have passed that on: it is said again from there on. */
export function correctOurselves(state: State, blob: Blob, [first]: readonly number[]): void {
  if (first === undefined) return;
  for (const channel of blob.channels) {
    if (channel.link.mayServe && !isForeign(channel.link)) {
      channel.cursor = Math.min(channel.cursor, first);
    }
  }
  state.news.add(blob);
}

export function judgeDoubts(state: State): void {
  for (const blob of state.unfinished) {
    for (const [node, { sinceMs }] of blob.doubts) {
      if (state.now - sinceMs < GRACE_MS) continue;
      blob.doubts.delete(node);
      strike(state, node, "BadHashes", `${node} passed on hashes that the issuer did not make`);
    }
  }
}
