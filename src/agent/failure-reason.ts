import { BtError } from "../bt/index.ts";
import { OciError, type OciErrorCode } from "../oci/index.ts";
import { AgentError } from "./errors.ts";

const ociReasons: Partial<Record<OciErrorCode, string>> = {
  PLATFORM_MISSING: "PlatformMissing",
  MANIFEST_INVALID: "ManifestInvalid",
  UNSUPPORTED: "Unsupported",
  BLOB_CORRUPT: "BlobCorrupt",
  REGISTRY_UNAUTHORIZED: "Unauthorized",
  REGISTRY_FORBIDDEN: "RegistryForbidden",
  REGISTRY_NOT_FOUND: "NotFound",
  REGISTRY_UNAVAILABLE: "RegistryUnavailable",
  REGISTRY_TLS_VERIFY_FAILED: "TLSVerifyFailed",
  REGISTRY_PROTOCOL: "RegistryUnavailable",
  DISK_FULL: "DiskPressure",
};

/** A word of a small fixed set that says why, for a status. */
export function failureReason(error: unknown): string {
  if (error instanceof OciError) return ociReasons[error.code] ?? "StoreFailed";
  if (error instanceof BtError) return error.code === "DISK_FULL" ? "DiskPressure" : "SwarmFailed";
  if (error instanceof AgentError) return error.code === "STOPPED" ? "Stopped" : "NoSource";
  return "InternalError";
}
