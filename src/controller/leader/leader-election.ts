import type { Component, Log } from "../../runtime/index.ts";
import { within } from "../within.ts";
import { RENEW_DEADLINE_MS, RETRY_MS } from "./lease.ts";
import { LeaseKeeper, type LeaseKeeperOptions } from "./lease-keeper.ts";

export type LeaderElectionOptions = LeaseKeeperOptions & {
  /** From 0 to 1. */
  readonly random: () => number;
  readonly log: Log;
  /**
   * Runs while this candidate leads. The signal aborts when it does so no longer: then it must end before others begin,
   * which they do 3 s later at the soonest.
   */
  readonly lead: (signal: AbortSignal) => Promise<void>;
};

/** Of several processes one leads at a time. */
export type LeaderElection = Component & {
  /** Who leads as far as is known: its identity. */
  leader(): string | undefined;
};

// So that a leader whose request gets no answer still has time for another.
const ANSWER_MS = 3_000;
const AGAIN_MS = 1_000;

class LeadershipLost extends Error {
  override readonly name = "LeadershipLost";
}

export function createLeaderElection(options: LeaderElectionOptions): LeaderElection {
  const { clock, random, log, lead, identity } = options;
  const keeper = new LeaseKeeper(options);

  /** Whether the lease is ours; false also where that cannot be said. */
  const tryToHold = async (ms: number, signal: AbortSignal): Promise<boolean> => {
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    try {
      return (await within(keeper.hold(either), ms, clock)) ?? false;
    } catch (error) {
      signal.throwIfAborted();
      log.warn("the lease of the leader cannot be read or written", { error });
      return false;
    } finally {
      over.abort(new Error("it took too long"));
    }
  };

  const untilHeld = async (signal: AbortSignal): Promise<number> => {
    for (;;) {
      const askedAt = clock.now();
      if (await tryToHold(ANSWER_MS, signal)) return askedAt;
      await clock.sleep(RETRY_MS * (1 + random() / 5), signal);
    }
  };

  /** Settles when the lease is lost, or has not been renewed for too long. */
  const untilLost = async (heldAt: number, signal: AbortSignal): Promise<void> => {
    let renewedAt = heldAt;
    let pauseMs = RETRY_MS;
    for (;;) {
      const deadline = renewedAt + RENEW_DEADLINE_MS;
      await clock.sleep(Math.min(pauseMs, Math.max(0, deadline - clock.now())), signal);
      const askedAt = clock.now();
      const isHeld = await tryToHold(Math.min(ANSWER_MS, deadline - askedAt), signal);
      if (isHeld) renewedAt = askedAt;
      else if (keeper.holder !== identity || clock.now() >= deadline) return;
      pauseMs = isHeld ? RETRY_MS : AGAIN_MS;
    }
  };

  const leadWhileHeld = async (heldAt: number, signal: AbortSignal): Promise<void> => {
    const ended = new AbortController();
    const either = AbortSignal.any([signal, ended.signal]);
    log.info("this process leads", { identity });
    const lost = untilLost(heldAt, either).then(
      () => ended.abort(new LeadershipLost("the lease was lost")),
      () => {},
    );
    try {
      await lead(either);
      if (!either.aborted) throw new Error("leading ended before it was told to");
    } catch (error) {
      if (!isAbort(error, either)) throw error;
    } finally {
      ended.abort(new Error("leading ended"));
      await lost;
    }
    log.info("this process leads no more", { identity, leader: keeper.holder ?? "" });
  };

  return {
    name: "leader election",
    leader: () => keeper.holder,
    async run(signal) {
      try {
        while (!signal.aborted) await leadWhileHeld(await untilHeld(signal), signal);
      } finally {
        await within(keeper.release(AbortSignal.timeout(RETRY_MS)), RETRY_MS, clock).catch(
          (error: unknown) => log.warn("the lease could not be given back", { error }),
        );
      }
    },
  };
}

const isAbort = (error: unknown, { aborted, reason }: AbortSignal): boolean =>
  aborted && (error === reason || (error instanceof Error && error.name === "AbortError"));
