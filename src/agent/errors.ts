/** Why the daemon could not do what was asked; each has one gRPC status (grpc-status.ts). */
export type AgentErrorCode =
  | "ARGUMENT_INVALID"
  | "IMAGE_UNKNOWN"
  | "BLOB_UNKNOWN"
  | "NOT_READY"
  | "SEEDER_UNAVAILABLE"
  | "STOPPED"
  | "SHUTTING_DOWN"
  | "STATE_INVALID"
  | "TOO_MANY"
  | "IN_USE";

export class AgentError extends Error {
  override readonly name = "AgentError";
  readonly code: AgentErrorCode;
  constructor(code: AgentErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export const stopped = () =>
  new AgentError("STOPPED", "the image was stopped: start it again to go on");
export const shuttingDown = () =>
  new AgentError("SHUTTING_DOWN", "oci-torrentd is shutting down: try again when it runs");
