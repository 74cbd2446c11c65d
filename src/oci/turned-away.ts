import { AttemptFailed } from "./attempt-failure.ts";
import { OciError } from "./errors.ts";

/**
 * Whether it failed because of how often the server is asked: it wants to be asked less, or is left alone for a while.
 * Who logs in counts apart, and is often allowed more.
 */
export function isTurnedAway(error: unknown): boolean {
  if (!(error instanceof OciError && error.cause instanceof AttemptFailed)) return false;
  const { kind } = error.cause.failure;
  return kind === "limited" || kind === "leftAlone";
}
