import { CtrError, type CtrErrorCode } from "./errors.ts";

/** How the daemon was called; what its errors are explained with. */
export type CallSubject = {
  /** As the user would write it: unix:///run/... or tcp://... */
  readonly address: string;
  readonly transport: "unix" | "tcp" | "tls";
  /** A certificate of our own was presented. */
  readonly presented: boolean;
  /** Who besides root may use the socket, where that is known. */
  readonly socketGroup?: string;
};

/** The part of gRPC's ServiceError that is read here. */
export type CallError = { readonly code: number; readonly details: string };

export const isCallError = (error: unknown): error is Error & CallError =>
  error instanceof Error &&
  "code" in error &&
  typeof error.code === "number" &&
  "details" in error &&
  typeof error.details === "string";

/** True when nobody answered because this user may not open the socket. */
export const isSocketRefusal = (error: unknown): boolean =>
  isCallError(error) && connectionError(error)?.includes("connect EACCES") === true;

// gRPC status codes: grpc/doc/statuscodes.md.
const CANCELLED = 1;
const UNIMPLEMENTED = 12;
const UNAVAILABLE = 14;
/** The ones that say more than "failed". */
const CODES: Readonly<Record<number, CtrErrorCode>> = { 3: "USAGE", 4: "TIMEOUT" };

// Once a connection stood, grpc-js hands the socket's own words on.
const LOST = /^(?:Connection dropped|(?:read|write) E[A-Z]+)$/;

/** Turns what gRPC reports about a call into a sentence with a way out. */
export const explainCall = (error: Error & CallError, subject: CallSubject): CtrError =>
  new CtrError(
    CODES[error.code] ?? "FAILED",
    whyNotConnected(error, subject) ?? whyNotAnswered(error, subject) ?? error.details.trim(),
    { cause: error },
  );

/** The sentence for a call that the daemon has said nothing about, or undefined when it has. */
function whyNotAnswered(
  { code, details }: CallError,
  { address }: CallSubject,
): string | undefined {
  if (code === UNAVAILABLE && LOST.test(details)) {
    return `lost the connection to ${address}: the daemon may have stopped, and goes on where it was when it is started again`;
  }
  if (code === CANCELLED) return `the daemon at ${address} ended the call: it may be shutting down`;
  if (code === UNIMPLEMENTED) {
    return `the daemon at ${address} does not know this command: it is of another version`;
  }
  if (details.trim() === "") return `the daemon at ${address} failed without a reason (${code})`;
  return undefined;
}

/** The sentence for a daemon that could not be reached, or undefined when it has answered. */
function whyNotConnected(error: CallError, subject: CallSubject): string | undefined {
  const failed = connectionError(error);
  if (failed === undefined) return undefined;
  if (failed.includes("connect EACCES")) return noPermission(subject);
  if (/alert (?:certificate required|handshake failure)/.test(failed) && !subject.presented) {
    return `${subject.address} wants a client certificate: give --tls-cert and --tls-key`;
  }
  return `daemon not reachable at ${subject.address}: ${connectionReason(failed, subject)}`;
}

// grpc-js has one status for everything that happens before an answer, and tells it apart in its texts alone.
const BEFORE_AN_ANSWER =
  /^(?:No connection established\. Last error: (?<why>.*)|Name resolution failed)/s;

function connectionError({ code, details }: CallError): string | undefined {
  if (code !== UNAVAILABLE) return undefined;
  const found = BEFORE_AN_ANSWER.exec(details);
  return found === null ? undefined : (found.groups?.["why"] ?? found[0]);
}

function noPermission({ address, socketGroup }: CallSubject): string {
  const group = socketGroup === undefined ? "" : ` or join group ${socketGroup}`;
  return `no permission on ${address.replace("unix://", "")}: run as root${group}`;
}

const START_IT = "start oci-torrentd or name its address with --address";

function connectionReason(failed: string, subject: CallSubject): string {
  if (failed === "Name resolution failed") return `its host name is not known; ${START_IT}`;
  if (/\bENOENT\b/.test(failed)) return `there is no such socket; ${START_IT}`;
  if (/\bECONNREFUSED\b/.test(failed)) return `nobody listens there; ${START_IT}`;
  if (/\bE(?:HOST|NET)UNREACH\b/.test(failed)) return `there is no route to it; ${START_IT}`;
  if (/\bETIMEDOUT\b/.test(failed)) return `it does not answer; ${START_IT}`;
  if (/\bEINVAL\b/.test(failed) && subject.transport === "unix") {
    return "the path of a socket has at most 107 characters";
  }
  if (/certificate|altname|wrong version number|SSL|TLS/i.test(failed)) return tlsReason(failed);
  if (failed.startsWith("Protocol error")) return "something else than oci-torrentd answers there";
  return dropped(subject);
}

function tlsReason(failed: string): string {
  if (/wrong version number/.test(failed)) {
    return "it does not speak TLS; leave out --tls-ca, or start it with --tls-cert and --tls-key";
  }
  if (/altnames?/i.test(failed)) return "its certificate is for another host name";
  if (/certificate has expired/.test(failed)) return "its certificate has expired";
  if (/certificate is not yet valid/.test(failed)) return "its certificate is not valid yet";
  if (/alert/.test(failed)) return "it refuses our certificate (--tls-cert)";
  // Self-signed, of an unknown issuer, or with a signature that is another's.
  if (/certificate/.test(failed)) return "its certificate does not come from the CA in --tls-ca";
  return "the TLS handshake failed";
}

function dropped({ transport, presented }: CallSubject): string {
  if (transport === "tcp") return "it closed the connection; if it wants TLS, give --tls-ca";
  if (transport === "tls" && presented) {
    return "it closed the connection; its client CA may not know our certificate (--tls-cert)";
  }
  return `it closed the connection; ${START_IT}`;
}
