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
  isCallError(error) && error.code === UNAVAILABLE && /\bconnect EACCES\b/.test(error.details);

const UNAVAILABLE = 14;

// gRPC status codes (grpc/doc/statuscodes.md) that say more than "failed".
const CODES: Readonly<Record<number, CtrErrorCode>> = { 3: "USAGE", 4: "TIMEOUT" };

/** Turns what gRPC reports about a call into a sentence with a way out. */
export function explainCall(error: Error & CallError, subject: CallSubject): CtrError {
  const because = { cause: error };
  const connecting = whyNotConnected(error, subject);
  if (connecting !== undefined) return new CtrError("FAILED", connecting, because);
  const details = error.details.trim();
  switch (error.code) {
    case 1:
      return new CtrError("FAILED", `the daemon at ${subject.address} gave the call up`, because);
    case 4:
      return new CtrError("TIMEOUT", details || `no answer from ${subject.address}`, because);
    case 12:
      return new CtrError(
        "FAILED",
        `the daemon at ${subject.address} does not know this command: it is of another version`,
        because,
      );
    default:
      return new CtrError(
        CODES[error.code] ?? "FAILED",
        details || `the daemon at ${subject.address} failed without a reason (${error.code})`,
        because,
      );
  }
}

/** The sentence for a daemon that could not be reached, or undefined when it has answered. */
function whyNotConnected(error: CallError, subject: CallSubject): string | undefined {
  if (error.code !== UNAVAILABLE) return undefined;
  const { details } = error;
  if (/\bconnect EACCES\b/.test(details)) return noPermission(subject);
  if (/alert (?:certificate required|handshake failure)/.test(details) && !subject.presented) {
    return `${subject.address} wants a client certificate: give --tls-cert and --tls-key`;
  }
  const reason = connectionReason(details, subject);
  if (reason === undefined) return undefined;
  return `daemon not reachable at ${subject.address}: ${reason}`;
}

function noPermission({ address, socketGroup }: CallSubject): string {
  const group = socketGroup === undefined ? "" : ` or join group ${socketGroup}`;
  return `no permission on ${address.replace("unix://", "")}: run as root${group}`;
}

const START_IT = "start oci-torrentd or name its address with --address";

// Told from the texts of grpc-js: it has one status for everything that happens before an answer.
function connectionReason(details: string, subject: CallSubject): string | undefined {
  if (details.startsWith("Name resolution failed")) {
    return `its host name is not known; ${START_IT}`;
  }
  const failed = /^No connection established\. Last error: (.*)$/s.exec(details)?.[1];
  if (failed === undefined)
    return /^Connection dropped/.test(details) ? dropped(subject) : undefined;
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
  if (/self-signed|unable to (?:get|verify)/.test(failed)) {
    return "its certificate does not come from the CA in --tls-ca";
  }
  if (/alert/.test(failed)) return "it refuses our certificate (--tls-cert)";
  return "the TLS handshake failed";
}

function dropped({ transport, presented }: CallSubject): string {
  if (transport === "tcp") return "it closed the connection; if it wants TLS, give --tls-ca";
  if (transport === "tls" && presented) {
    return "it closed the connection; its client CA may not know our certificate (--tls-cert)";
  }
  return `it closed the connection; ${START_IT}`;
}
