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

export const createLeaderElection = (options: LeaderElectionOptions): LeaderElection =>
  new Candidate(options);

class Candidate implements LeaderElection {
  readonly name = "leader election";
  readonly #options: LeaderElectionOptions;
  readonly #keeper: LeaseKeeper;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    this.#keeper = new LeaseKeeper(options);
  }

  leader(): string | undefined {
    return this.#keeper.holder;
  }

  async run(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) await this.#leadWhileHeld(await this.#untilHeld(signal), signal);
    } finally {
      await this.#release();
    }
  }

  async #untilHeld(signal: AbortSignal): Promise<number> {
    const { clock, random } = this.#options;
    for (;;) {
      const askedAt = clock.now();
      if (await this.#tryToHold(ANSWER_MS, signal)) return askedAt;
      await clock.sleep(RETRY_MS * (1 + random() / 5), signal);
    }
  }

  async #leadWhileHeld(heldAt: number, signal: AbortSignal): Promise<void> {
    const { log, lead, identity } = this.#options;
    const ended = new AbortController();
    const either = AbortSignal.any([signal, ended.signal]);
    log.info("this process leads", { identity });
    const lost = this.#untilLost(heldAt, either).then(
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
    log.info("this process leads no more", { identity, leader: this.#keeper.holder ?? "" });
  }

  /** Settles when the lease is lost, or has not been renewed for too long. */
  async #untilLost(heldAt: number, signal: AbortSignal): Promise<void> {
    const { clock, identity } = this.#options;
    let renewedAt = heldAt;
    let pauseMs = RETRY_MS;
    for (;;) {
      const deadline = renewedAt + RENEW_DEADLINE_MS;
      await clock.sleep(Math.min(pauseMs, Math.max(0, deadline - clock.now())), signal);
      const askedAt = clock.now();
      const isHeld = await this.#tryToHold(Math.min(ANSWER_MS, deadline - askedAt), signal);
      if (isHeld) renewedAt = askedAt;
      else if (this.#keeper.holder !== identity || clock.now() >= deadline) return;
      pauseMs = isHeld ? RETRY_MS : AGAIN_MS;
    }
  }

  /** Whether the lease is ours; false also where that cannot be said. */
  async #tryToHold(ms: number, signal: AbortSignal): Promise<boolean> {
    const { clock, log } = this.#options;
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    try {
      return (await within(this.#keeper.hold(either), ms, clock)) ?? false;
    } catch (error) {
      signal.throwIfAborted();
      log.warn("the lease of the leader cannot be read or written", { error });
      return false;
    } finally {
      over.abort(new Error("it took too long"));
    }
  }

  async #release(): Promise<void> {
    const { clock, log } = this.#options;
    const released = this.#keeper.release(AbortSignal.timeout(RETRY_MS));
    await within(released, RETRY_MS, clock).catch((error: unknown) =>
      log.warn("the lease could not be given back", { error }),
    );
  }
}

const isAbort = (error: unknown, { aborted, reason }: AbortSignal): boolean =>
  aborted && (error === reason || (error instanceof Error && error.name === "AbortError"));
