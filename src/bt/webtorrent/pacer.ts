/** A place in the queue for bytes. */
export type Turn = { cancel(): void };

/** Shares a number of bytes a second out among all who ask, first come, first served. */
export type Pacer = {
  /** Bytes a second; 0 means no limit. Takes effect at once, for those who wait too. */
  setRate(rate: number): void;
  /** Calls `go` as soon as `bytes` may pass: before it returns when nobody waits and the rate allows it. */
  take(bytes: number, go: () => void): Turn;
};

export type PacerClock = {
  /** Milliseconds; only ever grows. */
  now(): number;
  /** Calls `run` once after `ms`; answers with what prevents that. */
  after(ms: number, run: () => void): () => void;
};

const systemClock: PacerClock = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** Unused time is kept for this long, so that a busy event loop costs no speed. */
const BURST_MS = 50;
const MIN_BURST_BYTES = 16 * 1024;

type Waiting = { readonly bytes: number; readonly go: () => void };

/** A token bucket that may go into debt by one request, so that requests need not be cut to its size. */
export function createPacer(initialRate: number, clock: PacerClock = systemClock): Pacer {
  let rate = initialRate;
  let balance = 0;
  let countedAt = clock.now();
  let cancelTimer: (() => void) | undefined;
  const waiting = new Set<Waiting>();

  const count = () => {
    const now = clock.now();
    const burst = Math.max(MIN_BURST_BYTES, (rate * BURST_MS) / 1000);
    balance = Math.min(burst, balance + ((now - countedAt) * rate) / 1000);
    countedAt = now;
  };

  const serve = () => {
    count();
    for (const turn of waiting) {
      if (rate > 0 && balance <= 0) break;
      waiting.delete(turn);
      balance -= turn.bytes;
      turn.go();
    }
    schedule();
  };

  const schedule = () => {
    if (waiting.size === 0 || cancelTimer !== undefined) return;
    const ms = rate > 0 ? Math.ceil((-balance * 1000) / rate) : 0;
    cancelTimer = clock.after(Math.max(1, ms), () => {
      cancelTimer = undefined;
      serve();
    });
  };

  return {
    setRate: (newRate) => {
      count();
      rate = newRate;
      balance = Math.max(0, balance);
      cancelTimer?.();
      cancelTimer = undefined;
      serve();
    },
    take: (bytes, go) => {
      if (rate > 0) count();
      if (rate === 0 || (waiting.size === 0 && balance > 0)) {
        balance -= rate === 0 ? 0 : bytes;
        go();
        return { cancel: () => {} };
      }
      const turn: Waiting = { bytes, go };
      waiting.add(turn);
      schedule();
      return { cancel: () => waiting.delete(turn) };
    },
  };
}
