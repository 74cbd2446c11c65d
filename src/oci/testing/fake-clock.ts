import type { Clock } from "../clock.ts";

/** A clock that stands still: `sleep` moves it on at once and is remembered. */
export type FakeClock = Clock & { readonly sleeps: number[]; advance(ms: number): void };

export function createFakeClock(start = Date.UTC(2030, 0, 1)): FakeClock {
  let now = start;
  const sleeps: number[] = [];
  return {
    sleeps,
    now: () => now,
    advance(ms) {
      now += ms;
    },
    async sleep(ms, signal) {
      signal.throwIfAborted();
      sleeps.push(ms);
      now += ms;
    },
  };
}
