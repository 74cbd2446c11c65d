import type { ProgressEvent } from "../api/index.ts";
import { createBell } from "./bell.ts";

/** What happened to one transfer, for any number of followers, each at its own speed. */
export interface EventLog {
  /** A step that every follower sees, also one that comes later. */
  step(event: ProgressEvent): void;
  /** How far a blob is: a follower sees the newest of each blob only, some fifty times a second. */
  progress(event: ProgressEvent & { digest: string }): void;
  /** Nothing comes any more; with an error, followers throw it after the last event. */
  end(error?: Error): void;
  /** Everything from the beginning, until the end; an abort throws the signal's reason. */
  follow(signal: AbortSignal): AsyncGenerator<ProgressEvent, void, undefined>;
}

/** To tell of every chunk of a fast blob would cost the daemon, and who follows, as much as fetching it. */
const BETWEEN_PROGRESS_MS = 20;

/** Far above what the largest image makes: 128 layers of ten steps each. */
const MAX_STEPS = 4_096;

/**
 * A slow follower costs nothing: steps are kept once for all, progress is overwritten, and a follower holds
 * only how far it has read.
 */
export function createEventLog(): EventLog {
  const steps: ProgressEvent[] = [];
  const newest = new Map<string, { event: ProgressEvent; version: number }>();
  const bell = createBell();
  let version = 0;
  /** The version up to which followers have been called. */
  let called = 0;
  let pause: NodeJS.Timeout | undefined;
  let ending: { error?: Error } | undefined;

  const call = (): void => {
    called = version;
    bell.ring();
  };
  const callNowAndThen = (): void => {
    if (pause !== undefined || called === version) return;
    call();
    pause = setTimeout(() => {
      pause = undefined;
      callNowAndThen();
    }, BETWEEN_PROGRESS_MS).unref();
  };

  return {
    step(event) {
      if (ending !== undefined) return;
      if (steps.length >= MAX_STEPS && event.step !== "STEP_DONE") return;
      steps.push(event);
      // What a blob had reached says nothing any more once it is done.
      if (event.step === "STEP_BLOB_DONE") newest.delete(event.digest ?? "");
      bell.ring();
    },
    progress(event) {
      if (ending !== undefined) return;
      version += 1;
      newest.set(event.digest, { event, version });
      callNowAndThen();
    },
    end(error) {
      if (ending !== undefined) return;
      ending = error === undefined ? {} : { error };
      call();
    },
    async *follow(signal) {
      let read = 0;
      let seen = 0;
      while (true) {
        while (read < steps.length) {
          const event = steps[read] as ProgressEvent;
          read += 1;
          yield event;
        }
        const fresh = [...newest.values()].filter((entry) => entry.version > seen);
        seen = version;
        for (const { event } of fresh) yield event;
        if (read < steps.length || called > seen) continue;
        if (ending?.error !== undefined) throw ending.error;
        if (ending !== undefined) return;
        await bell.next(signal);
      }
    },
  };
}
