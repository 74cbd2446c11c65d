import { status } from "@grpc/grpc-js";

/** Why the helper could not do what the agent asked. */
export type RuntimeErrorCode =
  | "REQUEST_INVALID"
  /** The runtime does not answer: it may again. */
  | "RUNTIME_UNAVAILABLE"
  /** The runtime has no room left. */
  | "RUNTIME_FULL"
  /** The runtime did not take the image. */
  | "LOAD_FAILED"
  /** What is asked for cannot be done with this runtime. */
  | "UNSUPPORTED";

export class RuntimeError extends Error {
  override readonly name = "RuntimeError";
  readonly code: RuntimeErrorCode;
  constructor(code: RuntimeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** As the agent is told. */
export const statusOf: Record<RuntimeErrorCode, status> = {
  REQUEST_INVALID: status.INVALID_ARGUMENT,
  RUNTIME_UNAVAILABLE: status.UNAVAILABLE,
  RUNTIME_FULL: status.RESOURCE_EXHAUSTED,
  LOAD_FAILED: status.ABORTED,
  UNSUPPORTED: status.FAILED_PRECONDITION,
};
