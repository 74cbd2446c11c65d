import { setTimeout as delay } from "node:timers/promises";

/** Time as a dependency, so that a test can own it. */
export type Clock = {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number;
  /** @throws the signal's reason when it aborts first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
};

export const systemClock: Clock = {
  now: () => performance.now(),
  async sleep(ms, signal) {
    await delay(ms, undefined, { signal }).catch((error: unknown) => {
      throw signal.aborted ? signal.reason : error;
    });
  },
};
