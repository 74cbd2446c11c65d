export type IdentityErrorCode =
  /** A request for a certificate that cannot be granted as it is. */
  | "CSR_INVALID"
  /** What is stored as the cluster's authority cannot be used. */
  | "AUTHORITY_INVALID"
  /** Others change the stored authority all the time. */
  | "CONFLICT"
  /** Not a member, or a member of another node. */
  | "UNAUTHENTICATED"
  | "FORBIDDEN"
  /** More callers wait to be recognised than there is room for. */
  | "TOO_MANY";

export class IdentityError extends Error {
  override readonly name = "IdentityError";
  readonly code: IdentityErrorCode;
  constructor(code: IdentityErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
