// Who is at fault. The order of suspicion: our own disk, then a hash that the issuer itself has not said (it is asked), then the peer
// that alone sent a piece. Nobody is blamed for a piece that several filled: it is asked of one of them alone.
import { isTrusted } from "./hashlist.ts";
import type { FindingCode } from "./messages.ts";
import { askIssuer, type Blob, hangUp, type State } from "./state.ts";

const STRIKES = 2;
const BAN_MS = 600_000;

export const isStruck = (state: State, node: string): boolean => {
  const strikes = state.struck.get(node);
  return strikes !== undefined && strikes.count >= STRIKES && state.now < strikes.untilMs;
};

/** Two strikes in 10 minutes: its links are closed, and no others made for 10 minutes. */
export function strike(state: State, node: string, code: FindingCode, text: string): void {
  const before = state.struck.get(node);
  const isFresh = before !== undefined && state.now < before.untilMs;
  const count = (isFresh ? before.count : 0) + 1;
  state.struck.set(node, { count, untilMs: state.now + BAN_MS });
  const links = [...state.links.values()].filter((link) => link.peer.node === node);
  const [first] = links;
  const finding = { code, text };
  state.out.push({ do: "blame", finding, ...(first && { peer: first.peer }) });
  if (count < STRIKES) return;
  for (const link of links) hangUp(state, link, "struck");
}

export function forgetOldStrikes(state: State): void {
  for (const [node, { untilMs }] of state.struck) {
    if (state.now >= untilMs) state.struck.delete(node);
  }
}

/** A piece whose blocks came from these nodes does not have its hash. */
export function judgeBadPiece(
  state: State,
  blob: Blob,
  piece: number,
  from: ReadonlySet<string>,
): void {
  if (isTrusted(blob.list, piece)) {
    blameBytes(state, blob, piece, from);
    return;
  }
  blob.suspects.set(piece, new Set(from));
  askIssuer(state, blob);
}

/** The hash is right, so the bytes were wrong. */
export function blameBytes(
  state: State,
  blob: Blob,
  piece: number,
  from: ReadonlySet<string>,
): void {
  const bad = blob.retries.get(piece) ?? new Set();
  blob.retries.set(piece, bad);
  const [node] = from;
  if (from.size !== 1 || node === undefined) return;
  bad.add(node);
  strike(state, node, "BadPiece", `${node} alone sent piece ${piece}, which has the wrong hash`);
}
