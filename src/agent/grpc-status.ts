import { type ServiceError, status } from "@grpc/grpc-js";
import { AddressError } from "../api/index.ts";
import { BtError } from "../bt/index.ts";
import { OciError, type OciErrorCode } from "../oci/index.ts";
import { AgentError, type AgentErrorCode } from "./errors.ts";

const agentCodes: Record<AgentErrorCode, status> = {
  ARGUMENT_INVALID: status.INVALID_ARGUMENT,
  IMAGE_UNKNOWN: status.NOT_FOUND,
  BLOB_UNKNOWN: status.NOT_FOUND,
  NOT_READY: status.FAILED_PRECONDITION,
  SEEDER_UNAVAILABLE: status.UNAVAILABLE,
  STOPPED: status.ABORTED,
  SHUTTING_DOWN: status.UNAVAILABLE,
  TOO_MANY: status.RESOURCE_EXHAUSTED,
  STATE_INVALID: status.INTERNAL,
  IN_USE: status.FAILED_PRECONDITION,
};

const ociCodes: Partial<Record<OciErrorCode, status>> = {
  REFERENCE_INVALID: status.INVALID_ARGUMENT,
  DIGEST_INVALID: status.INVALID_ARGUMENT,
  PLATFORM_MISSING: status.NOT_FOUND,
  BLOB_MISSING: status.NOT_FOUND,
  BLOB_CORRUPT: status.DATA_LOSS,
  DISK_FULL: status.RESOURCE_EXHAUSTED,
  REGISTRY_UNAUTHORIZED: status.UNAUTHENTICATED,
  REGISTRY_FORBIDDEN: status.PERMISSION_DENIED,
  REGISTRY_NOT_FOUND: status.NOT_FOUND,
  REGISTRY_UNAVAILABLE: status.UNAVAILABLE,
};

/** The one gRPC status of an error; the message is for the user and is passed on as it is. */
export function grpcStatus(error: unknown): Pick<ServiceError, "code" | "details"> {
  const details = error instanceof Error ? error.message : String(error);
  if (error instanceof AgentError) return { code: agentCodes[error.code], details };
  if (error instanceof OciError) {
    return { code: ociCodes[error.code] ?? status.FAILED_PRECONDITION, details };
  }
  if (error instanceof AddressError) return { code: status.INVALID_ARGUMENT, details };
  if (error instanceof BtError) {
    const full = error.code === "DISK_FULL";
    return { code: full ? status.RESOURCE_EXHAUSTED : status.INTERNAL, details };
  }
  if (error instanceof Error && error.name === "AbortError") {
    return { code: status.CANCELLED, details };
  }
  return { code: status.INTERNAL, details };
}

/** Whether it is a defect of ours, and not something that the caller or the world outside did. */
export const isInternal = (error: unknown): boolean => grpcStatus(error).code === status.INTERNAL;
