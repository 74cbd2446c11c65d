import type { Status } from "./watch-event.ts";

/** The API server answered, and did not do what it was asked. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** As in HTTP: 404, 409, … */
  readonly code: number;
  /** The API's word for it: NotFound, Conflict, AlreadyExists, … */
  readonly reason: string;
  readonly retryAfterMs: number | undefined;
  constructor(act: string, { code, reason, message, retryAfterMs }: Status) {
    super(`${act}: the API server answers ${code} ${reason}: ${message}`);
    this.code = code;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

export const isApiError = (error: unknown, code: number): error is ApiError =>
  error instanceof ApiError && error.code === code;
