import { STATUS_CODES } from "node:http";
import type { Failure, NetworkReason, TlsReason } from "./attempt-failure.ts";
import { OciError, type OciErrorCode } from "./errors.ts";
import type { RegistryLimits } from "./registry-limits.ts";

/** What was wanted, as its sentences name it: `docker.io/library/x:1`, or `blob sha256:... of docker.io/library/x`. */
export type Subject = {
  readonly name: string;
  readonly repository: string;
  /** A layer whose bytes its image says to get elsewhere: when the registry lacks it, nobody is asked. */
  readonly foreign?: boolean;
};

/** The ways out that the program at hand has to offer. */
export type Advice = {
  /** Completes "the registry wants a login: ". */
  readonly login: string;
  /** How to do without a check of the host's certificate, or without TLS: completes "..., or ". */
  allowInsecure(host: string): string;
};

/** Those of the daemon and its command line. */
export const commandLineAdvice: Advice = {
  login: "pass --username and --password-stdin or --authfile",
  allowInsecure: (host) => `allow it by --insecure-registry ${host}`,
};

type Told = { readonly code: OciErrorCode; readonly why: string };

/** A failure as a user reads it: `could not fetch OBJECT: REASON: WAY OUT`. */
export function registryError(
  subject: Subject,
  failure: Failure,
  limits: RegistryLimits,
  { advice = commandLineAdvice, ...options }: ErrorOptions & { readonly advice?: Advice } = {},
): OciError {
  const { code, why } = tell(subject, failure, limits, advice);
  return new OciError(code, `could not fetch ${subject.name}: ${why}`, options);
}

function tell(subject: Subject, failure: Failure, limits: RegistryLimits, advice: Advice): Told {
  const { host } = failure;
  switch (failure.kind) {
    case "loginWanted":
      return {
        code: "REGISTRY_UNAUTHORIZED",
        why: `the registry wants a login: ${advice.login}`,
      };
    case "loginRefused":
      return {
        code: "REGISTRY_UNAUTHORIZED",
        why: "the registry refuses the login: check the user name and the password or token",
      };
    case "forbidden":
      return {
        code: "REGISTRY_FORBIDDEN",
        why: `the registry forbids it: ask its owner for the right to pull ${subject.repository}`,
      };
    case "absent":
      return absent(subject, host);
    case "limited":
      return unavailable(
        `${host} limits requests (429)${wish(failure.retryAfterMs)}: try later or log in`,
      );
    case "status":
      return badStatus(host, failure.status);
    case "network":
      return unavailable(networkSentence(host, failure.reason, limits));
    case "tls":
      return { code: "REGISTRY_TLS_VERIFY_FAILED", why: tlsSentence(host, failure.reason, advice) };
    case "protocol":
      return { code: "REGISTRY_PROTOCOL", why: `${host} ${failure.detail}` };
    case "unsupported":
      return { code: "UNSUPPORTED", why: `${host} ${failure.detail}` };
    case "leftAlone":
      return unavailable(
        `${host} failed ${limits.circuitFailures} times in a row and is left alone for another ${seconds(failure.forMs)}: try again then`,
      );
    case "quarantined":
      return {
        code: "REGISTRY_PROTOCOL",
        why: `${host} gave wrong bytes twice and is not asked for this again for now: push the image anew or ask another registry`,
      };
    default:
      return failure satisfies never;
  }
}

const unavailable = (why: string): Told => ({ code: "REGISTRY_UNAVAILABLE", why });

function absent({ foreign, name }: Subject, host: string): Told {
  if (foreign === true) {
    return {
      code: "UNSUPPORTED",
      why: `it is a ForeignLayer that ${host} does not hold, and the urls of an image are never followed: push the image with its foreign layers`,
    };
  }
  const way = name.startsWith("blob ") ? "push the image again" : "check the name and the tag";
  return { code: "REGISTRY_NOT_FOUND", why: `${host} does not have it: ${way}` };
}

function badStatus(host: string, status: number): Told {
  const text = STATUS_CODES[status];
  const answer = `${host} answers ${status}${text === undefined ? "" : ` ${text}`}`;
  if (status === 408 || status >= 500) return unavailable(`${answer}: try again later`);
  return {
    code: "REGISTRY_PROTOCOL",
    why: `${answer}: check that it is a registry and what stands in front of it`,
  };
}

const wish = (retryAfterMs: number | undefined): string =>
  retryAfterMs === undefined ? "" : ` and asks for a pause of ${seconds(retryAfterMs)}`;

function networkSentence(host: string, reason: NetworkReason, limits: RegistryLimits): string {
  const sentences: Readonly<Record<NetworkReason, string>> = {
    refused: `${host} refuses connections: check that a registry listens there`,
    reset: `${host} cut the connection: try again later`,
    unreachable: `${host} cannot be reached: check the network`,
    nameUnknown: `nobody knows the name ${host}: check its spelling and the DNS`,
    connectTimeout: `${host} takes no connection within ${seconds(limits.connectMs)}: check the address and firewalls`,
    headersTimeout: `${host} does not answer within ${seconds(limits.headersMs)}: try again later`,
    bodyTimeout: `${host} sent nothing for ${seconds(limits.idleBodyMs)}: try again later`,
    tooSlow: `${host} sends fewer than ${limits.minimumRate.bytesPerSecond} bytes a second: try again later`,
    documentTimeout: `${host} does not finish its answer within ${seconds(limits.documentMs)}: try again later`,
  };
  return sentences[reason];
}

function tlsSentence(host: string, reason: TlsReason, advice: Advice): string {
  const allow = advice.allowInsecure(host);
  const sentences: Readonly<Record<TlsReason, string>> = {
    expired: `the certificate of ${host} is not valid today: check this machine's clock or have it renewed`,
    otherHost: `the certificate of ${host} is for another host: use the name in it`,
    unknownAuthority: `nobody known has signed the certificate of ${host}: set caFile of this registry, or ${allow}`,
    notTls: `${host} does not speak TLS: if it speaks plain http, ${allow}`,
    other: `no TLS connection to ${host} comes about: check its TLS settings`,
  };
  return sentences[reason];
}

const seconds = (ms: number): string => `${Math.ceil(ms / 1_000)} s`;
