import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "../clock.ts";

export type FakeClock = Clock & {
  /** Lets time pass, waking sleepers in order, each before time goes on. */
  advance(ms: number): Promise<void>;
};

type Sleeper = { readonly at: number; readonly wake: () => void };

/** A clock that stands still until it is told to go on. */
export function createFakeClock(): FakeClock {
  let now = 0;
  const sleepers = new Set<Sleeper>();
  const earliest = () => [...sleepers].sort((a, b) => a.at - b.at)[0];
  return {
    now: () => now,
    sleep(ms, signal) {
      signal.throwIfAborted();
      return new Promise((resolve, reject) => {
        const leave = () => {
          sleepers.delete(sleeper);
          signal.removeEventListener("abort", abort);
        };
        const abort = () => {
          leave();
          reject(signal.reason);
        };
        const sleeper: Sleeper = {
          at: now + ms,
          wake: () => {
            leave();
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal.addEventListener("abort", abort);
      });
    },
    async advance(ms) {
      const end = now + ms;
      await nextTurn();
      for (let next = earliest(); next !== undefined && next.at <= end; next = earliest()) {
        now = Math.max(now, next.at);
        next.wake();
        await nextTurn();
      }
      now = end;
    },
  };
}
