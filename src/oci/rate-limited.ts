import { AttemptFailed } from "./attempt-failure.ts";
import { OciError } from "./errors.ts";

/** Whether it failed because the server wants to be asked less often: those who log in are often allowed more. */
export const isRateLimited = (error: unknown): boolean =>
  error instanceof OciError &&
  error.cause instanceof AttemptFailed &&
  error.cause.failure.kind === "limited";
