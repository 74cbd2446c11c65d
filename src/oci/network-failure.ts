import type { Failure, NetworkReason, TlsReason } from "./attempt-failure.ts";

const network: Readonly<Record<string, NetworkReason>> = {
  ECONNREFUSED: "refused",
  ECONNRESET: "reset",
  ECONNABORTED: "reset",
  EPIPE: "reset",
  ETIMEDOUT: "connectTimeout",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
  EHOSTDOWN: "unreachable",
  EADDRNOTAVAIL: "unreachable",
  EINVAL: "unreachable",
  EAI_AGAIN: "unreachable",
  ENOTFOUND: "nameUnknown",
};

const tls: Readonly<Record<string, TlsReason>> = {
  CERT_HAS_EXPIRED: "expired",
  CERT_NOT_YET_VALID: "expired",
  ERR_TLS_CERT_ALTNAME_INVALID: "otherHost",
  DEPTH_ZERO_SELF_SIGNED_CERT: "unknownAuthority",
  SELF_SIGNED_CERT_IN_CHAIN: "unknownAuthority",
  UNABLE_TO_GET_ISSUER_CERT: "unknownAuthority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "unknownAuthority",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "unknownAuthority",
  CERT_UNTRUSTED: "unknownAuthority",
  ERR_SSL_WRONG_VERSION_NUMBER: "notTls",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "notTls",
  ERR_SSL_HTTP_REQUEST: "notTls",
};

/** What an error code of Node, OpenSSL or the HTTP parser says about the server at `host`. */
export function codedFailure(error: unknown, host: string): Failure {
  const code = codeOf(error);
  const reason = network[code];
  if (reason !== undefined) return { kind: "network", host, reason };
  const distrust = tls[code];
  if (distrust !== undefined) return { kind: "tls", host, reason: distrust };
  if (/^(?:ERR_SSL_|ERR_TLS_|CERT_|UNABLE_TO_|EPROTO$|CRL_|INVALID_)/.test(code)) {
    return { kind: "tls", host, reason: "other" };
  }
  return { kind: "protocol", host, detail: `does not speak HTTP as it should (${code})` };
}

/** Several addresses of one name fail as one error with a list inside. */
function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return "unknown";
  if ("code" in error && typeof error.code === "string") return error.code;
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return error instanceof Error ? error.name : "unknown";
}
