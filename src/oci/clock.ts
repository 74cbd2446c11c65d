import { setTimeout as delay } from "node:timers/promises";

/** Time as a dependency: `now` in milliseconds since the epoch, `sleep` rejects with the signal's reason. */
export type Clock = {
  now(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
};

export const systemClock: Clock = {
  now: Date.now,
  async sleep(ms, signal) {
    signal.throwIfAborted();
    await delay(ms, undefined, { signal }).catch((cause: unknown) => {
      signal.throwIfAborted();
      throw cause;
    });
  },
};
