import { formatDuration } from "./duration.ts";
import { CtrError } from "./errors.ts";

export type TimeLimit = {
  /** Aborts with CtrError TIMEOUT. */
  readonly signal: AbortSignal;
  cancel(): void;
};

/** `--timeout`, or a limit that never ends. */
export function timeLimit(milliseconds: number | undefined): TimeLimit {
  const controller = new AbortController();
  if (milliseconds === undefined) return { signal: controller.signal, cancel: () => {} };
  const timer = setTimeout(() => {
    const sentence = `not done within ${formatDuration(milliseconds)} (--timeout)`;
    controller.abort(new CtrError("TIMEOUT", sentence));
  }, milliseconds);
  return { signal: controller.signal, cancel: () => clearTimeout(timer) };
}
