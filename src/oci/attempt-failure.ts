/** Why one attempt at one server gave nothing. `host` is the server that failed, with its port if any. */
export type Failure =
  | { readonly kind: "loginWanted"; readonly host: string }
  | { readonly kind: "loginRefused"; readonly host: string }
  | { readonly kind: "forbidden"; readonly host: string }
  | { readonly kind: "absent"; readonly host: string }
  | { readonly kind: "limited"; readonly host: string; readonly retryAfterMs?: number }
  | { readonly kind: "status"; readonly host: string; readonly status: number }
  | { readonly kind: "network"; readonly host: string; readonly reason: NetworkReason }
  | { readonly kind: "tls"; readonly host: string; readonly reason: TlsReason }
  | { readonly kind: "protocol"; readonly host: string; readonly detail: string }
  | { readonly kind: "unsupported"; readonly host: string; readonly detail: string }
  | { readonly kind: "leftAlone"; readonly host: string; readonly forMs: number }
  | { readonly kind: "quarantined"; readonly host: string };

export type NetworkReason =
  | "refused"
  | "reset"
  | "unreachable"
  | "nameUnknown"
  | "connectTimeout"
  | "headersTimeout"
  | "bodyTimeout"
  | "tooSlow"
  | "documentTimeout";

export type TlsReason = "expired" | "otherHost" | "unknownAuthority" | "notTls" | "other";

/** Stays inside the registry client: what leaves it is an `OciError` with a sentence (registry-sentences.ts). */
export class AttemptFailed extends Error {
  override readonly name = "AttemptFailed";
  readonly failure: Failure;
  constructor(failure: Failure, options?: ErrorOptions) {
    super(`${failure.host}: ${failure.kind}`, options);
    this.failure = failure;
  }
}

export const protocolFailure = (host: string, detail: string): AttemptFailed =>
  new AttemptFailed({ kind: "protocol", host, detail });
