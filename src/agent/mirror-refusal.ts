/** The error codes of the OCI distribution spec that a pull can meet. */
export type RefusalCode =
  | "BLOB_UNKNOWN"
  | "DIGEST_INVALID"
  | "MANIFEST_UNKNOWN"
  | "NAME_INVALID"
  | "NAME_UNKNOWN"
  | "UNAUTHORIZED"
  | "UNSUPPORTED"
  | "UNKNOWN";

export type Refusal = {
  readonly kind: "refusal";
  readonly status: number;
  readonly code: RefusalCode;
  readonly message: string;
};

export const refusal = (status: number, code: RefusalCode, message: string): Refusal => ({
  kind: "refusal",
  status,
  code,
  message,
});

/** The body of an error response (OCI distribution spec, error codes). */
export const refusalBody = ({ code, message }: Refusal): Buffer =>
  Buffer.from(`${JSON.stringify({ errors: [{ code, message }] })}\n`);
