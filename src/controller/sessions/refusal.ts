import { Metadata, type ServerErrorResponse, status } from "@grpc/grpc-js";
import { LEADER_TRAILER, MessageError } from "../../api/index.ts";
import { IdentityError, type IdentityErrorCode } from "../identity/errors.ts";
import { SessionEnded } from "./sessions.ts";

/** Whether this replica leads; if not, the ip:port of the one that does, where that is known. */
export type Leadership =
  | { readonly kind: "leading" }
  | { readonly kind: "following"; readonly leader?: string };

/** This replica does not lead. The trailer says who does. */
export class NotLeading extends Error {
  override readonly name = "NotLeading";
  readonly leader: string | undefined;
  constructor(leader: string | undefined) {
    super(`this controller does not lead: ${leader ?? "which one does is not known yet"}`);
    this.leader = leader;
  }
}

const CODES: Readonly<Record<IdentityErrorCode, status>> = {
  CSR_INVALID: status.INVALID_ARGUMENT,
  AUTHORITY_INVALID: status.UNAVAILABLE,
  CONFLICT: status.UNAVAILABLE,
  UNAUTHENTICATED: status.UNAUTHENTICATED,
  FORBIDDEN: status.PERMISSION_DENIED,
  TOO_MANY: status.RESOURCE_EXHAUSTED,
};

/** Whether the caller has brought it about; if not, somebody has to look into it here. */
export const isCallers = (error: unknown): boolean =>
  error instanceof MessageError ||
  error instanceof SessionEnded ||
  (error instanceof IdentityError && CODES[error.code] !== status.UNAVAILABLE);

/** What a caller is told; of errors that it has not brought about, no details. */
export function refusalOf(error: unknown): ServerErrorResponse {
  const refuse = (code: status, { message }: Error) =>
    Object.assign(new Error(message), { code, details: message });
  if (error instanceof NotLeading) {
    const metadata = new Metadata();
    if (error.leader !== undefined) metadata.set(LEADER_TRAILER, error.leader);
    return Object.assign(refuse(status.FAILED_PRECONDITION, error), { metadata });
  }
  if (error instanceof IdentityError) return refuse(CODES[error.code], error);
  if (error instanceof MessageError) return refuse(status.INVALID_ARGUMENT, error);
  if (error instanceof SessionEnded) return refuse(status.ABORTED, error);
  return refuse(status.UNAVAILABLE, new Error("the controller could not answer: try again"));
}
