// How much may be asked for: a node's budget, a link's share of it, the pool, and how long an answer may take.
import { bytesPerSecond, medianOf } from "./meters.ts";
import type { Link, State } from "./state.ts";

const BLOCKS_AT_LEAST = 6;
const SLOWER_THAN_MEDIAN = 8;
const SLOW_AFTER_MS = 3_000;

/** Bytes a second that the link down is worth: what was measured, or what it is limited to. */
function rate(state: State): number {
  const measured = bytesPerSecond(state.down, state.now);
  return state.downBucket.bps === 0 ? measured : Math.max(measured, state.downBucket.bps);
}

/** Bytes under way over all links: 100 ms of the link, at least 6 blocks, at most half the pool and a quarter of the window. */
export function budgetBytes(state: State): number {
  const { policy, poolBytes } = state;
  const least = BLOCKS_AT_LEAST * policy.blockBytes;
  const first = state.window[0];
  const window =
    first === undefined ? least : (policy.windowPieces * first.blob.pieces.pieceBytes) / 4;
  const wanted = Math.max(least, (rate(state) * policy.budgetMs) / 1000);
  return Math.min(wanted, poolBytes / 2, Math.max(least, window));
}

/** A link is asked for more while less than this is under way: 20 ms, at least a block; one ask while it is slow. */
export function linkBudgetBytes(state: State, link: Link, budget: number, links: number): number {
  if (link.isSlow) return 1;
  const share = Math.max((rate(state) * state.policy.linkMs) / 1000, budget / Math.max(1, links));
  return Math.max(1, share);
}

export const hasRoom = (state: State, bytes: number): boolean =>
  state.poolUsed + bytes <= state.poolBytes;

/** After so long an ask is made elsewhere. */
export const deadlineMs = (state: State): number =>
  Math.max(state.policy.deadlineMs, 4 * medianOf(state.askTimes));

/** In the end game an ask is doubled after so long. */
export const doubleAfterMs = (state: State): number =>
  Math.max(state.policy.endGameMs, 2 * medianOf(state.askTimes));

/** Once a second: a link that took 8 times the median for 3 s is slow until it is not. */
export function judgeSpeed(state: State): void {
  const limit = SLOWER_THAN_MEDIAN * medianOf(state.askTimes);
  for (const link of state.links.values()) {
    if (!link.mayAsk || link.askTimes.samples.length === 0) continue;
    const isSlower = limit > 0 && medianOf(link.askTimes) > limit;
    link.slowSinceMs = isSlower ? (link.slowSinceMs ?? state.now) : undefined;
    link.isSlow = link.slowSinceMs !== undefined && state.now - link.slowSinceMs >= SLOW_AFTER_MS;
  }
}
