/** Why something of this module failed. The names of registry failures are the reasons that users see in a status. */
export type OciErrorCode =
  | "REFERENCE_INVALID"
  | "DIGEST_INVALID"
  | "MANIFEST_INVALID"
  | "CONFIG_INVALID"
  | "PLATFORM_MISSING"
  | "UNSUPPORTED"
  | "BLOB_MISSING"
  | "BLOB_CORRUPT"
  | "STORE_WRITE"
  | "DISK_FULL"
  | "ARCHIVE_INVALID"
  | "REGISTRY_UNAUTHORIZED"
  | "REGISTRY_FORBIDDEN"
  | "REGISTRY_NOT_FOUND"
  | "REGISTRY_UNAVAILABLE"
  | "REGISTRY_TLS_VERIFY_FAILED"
  | "REGISTRY_PROTOCOL";

export class OciError extends Error {
  override readonly name = "OciError";
  readonly code: OciErrorCode;
  constructor(code: OciErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
