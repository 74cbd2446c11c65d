import type { Clock } from "../runtime/index.ts";

/** Wakes everybody who waits for the next change; it holds no change itself, so nobody misses one who looks after waking. */
export interface Bell {
  ring(): void;
  /** The next ring after this call, or the abort, which rejects with the signal's reason. */
  next(signal: AbortSignal): Promise<void>;
}

export function createBell(): Bell {
  const waiting = new Set<() => void>();
  return {
    ring() {
      for (const wake of waiting) wake();
      waiting.clear();
    },
    next(signal) {
      if (signal.aborted) return Promise.reject(signal.reason);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const wake = () => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = () => {
        waiting.delete(wake);
        reject(signal.reason);
      };
      waiting.add(wake);
      signal.addEventListener("abort", leave, { once: true });
      return promise;
    },
  };
}

/** Until one of the bells rings, or the time is over. @throws the signal's reason */
export async function rungWithin(
  bells: readonly Bell[],
  ms: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  const either = [clock.sleep(ms, stop), ...bells.map((bell) => bell.next(stop))];
  try {
    await Promise.race(either);
  } finally {
    over.abort();
    await Promise.allSettled(either);
  }
}
