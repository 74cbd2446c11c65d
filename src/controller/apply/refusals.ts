import { ApiError } from "../kube/api-error.ts";
import { type Outcome, TerminalError } from "../queue/work-queue.ts";

/** Somebody else was there first: by then the watch has told what is there now. */
const READ_AGAIN_MS = 1_000;
const BUSY_MS = 1_000;
const LONGEST_BUSY_MS = 300_000;

/**
 * What an API server's refusal means for the work that met it: come back when it asks to, read again what another changed,
 * and do not ask again for what it will never do.
 */
export async function heedingRefusals(work: Promise<Outcome>): Promise<Outcome> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    switch (error.code) {
      case 404:
      case 409:
        return { requeueAfterMs: READ_AGAIN_MS };
      case 429:
        return { requeueAfterMs: Math.min(LONGEST_BUSY_MS, error.retryAfterMs ?? BUSY_MS) };
      case 400:
      case 415:
      case 422:
        throw new TerminalError(error.message, { cause: error });
      default:
        throw error;
    }
  }
}
