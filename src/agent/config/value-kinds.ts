import { isIP } from "node:net";
import { type Address, AddressError, parseAddress } from "../../api/index.ts";
import { LOG_LEVELS, type LogLevel, redactText } from "../../runtime/index.ts";

/** What a setting's value is made of, however it arrives. */
export type ValueKind<T> = {
  /** Stands for a value in the help: `HOST:PORT`. */
  readonly form: string;
  /** What a YAML file may write: only `true` and `false`, numbers besides text, or text alone. */
  readonly yaml: "boolean" | "number" | "text";
  /** @throws ValueError with a sentence that does not name the setting. */
  readonly parse: (text: string) => T;
};

export class ValueError extends Error {
  override readonly name = "ValueError";
}

export type HostPort = { readonly host: string; readonly port: number };

/** Quotes a bad value for a message: short, without control characters or secrets. */
export const quote = (text: string): string => JSON.stringify(redactText(text.slice(0, 200)));

export const booleanKind: ValueKind<boolean> = {
  form: "true|false",
  yaml: "boolean",
  parse(text) {
    if (text === "true") return true;
    if (text === "false") return false;
    throw new ValueError(`${quote(text)} is neither true nor false`);
  },
};

export const logLevelKind: ValueKind<LogLevel> = {
  form: "LEVEL",
  yaml: "text",
  parse(text) {
    const level = LOG_LEVELS.find((known) => known === text);
    if (level !== undefined) return level;
    throw new ValueError(`${quote(text)} is not a log level: write ${LOG_LEVELS.join(", ")}`);
  },
};

export const pathKind: ValueKind<string> = {
  form: "PATH",
  yaml: "text",
  parse(text) {
    if (text.trim() === "") throw new ValueError("the path is empty");
    if (/\p{Cc}/u.test(text)) throw new ValueError(`${quote(text)} has a control character in it`);
    return text;
  },
};

const RATE_FORMS = "bytes per second such as 10MB or 10MiB/s";
const MAX_RATE = 1e12;
const RATE_UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/** Bytes per second; 0 is no limit. */
export const rateKind: ValueKind<number> = {
  form: "RATE",
  yaml: "number",
  parse(text) {
    if (/^-\d/.test(text)) {
      throw new ValueError(`${quote(text)} is negative: write ${RATE_FORMS}, or 0 for no limit`);
    }
    const match = /^(\d{1,18}(?:\.\d{1,9})?) ?([kKMG]i?B|B)?(?:\/s)?$/.exec(text);
    const unit = match?.[2] === undefined ? 1 : RATE_UNITS[match[2]];
    if (match?.[1] === undefined || unit === undefined) {
      throw new ValueError(`${quote(text)} is not a rate: write ${RATE_FORMS}, or 0 for no limit`);
    }
    const rate = Number(match[1]) * unit;
    if (rate > 0 && rate < 1) throw new ValueError(`${quote(text)} is less than a byte per second`);
    if (rate > MAX_RATE) throw new ValueError(`${quote(text)} is more than 1000GB/s`);
    return Math.round(rate);
  },
};

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const MAX_DURATION_MS = 3_600_000;

/** Milliseconds, from `5` (seconds), `500ms`, `5s`, `1.5m` or `1m30s`. */
export const durationKind: ValueKind<number> = {
  form: "DURATION",
  yaml: "number",
  parse(text) {
    const withUnit = /^\d{1,9}(?:\.\d{1,9})?$/.test(text) ? `${text}s` : text;
    if (!/^(?:\d{1,9}(?:\.\d{1,9})?(?:ms|s|m|h)){1,4}$/.test(withUnit)) {
      throw new ValueError(`${quote(text)} is not a duration: write 5s, 500ms or 1m30s`);
    }
    let total = 0;
    for (const [, amount, unit] of withUnit.matchAll(/([\d.]+)(ms|s|m|h)/g)) {
      total += Number(amount) * (UNIT_MS[unit ?? ""] ?? 0);
    }
    const duration = Math.round(total);
    if (duration < 1) throw new ValueError(`${quote(text)} is no time at all: write 5s or 500ms`);
    if (duration > MAX_DURATION_MS) throw new ValueError(`${quote(text)} is more than an hour`);
    return duration;
  },
};

/** 0 asks the system for a free one. */
export const portKind: ValueKind<number> = {
  form: "PORT",
  yaml: "number",
  parse(text) {
    const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
    if (port <= 65_535) return port;
    throw new ValueError(`${quote(text)} is not a port: write a number from 0 to 65535`);
  },
};

export const hostPortKind: ValueKind<HostPort> = {
  form: "HOST:PORT",
  yaml: "text",
  parse(text) {
    const address = /^[^/]*$/.test(text) ? addressFrom(`tcp://${text}`) : undefined;
    if (address?.kind === "tcp") return { host: address.host, port: address.port };
    throw new ValueError(`${quote(text)} is not HOST:PORT: write for example 0.0.0.0:6882`);
  },
};

export const hostPortOrOffKind: ValueKind<HostPort | undefined> = {
  form: "HOST:PORT|off",
  yaml: "text",
  parse: (text) => (text === "off" ? undefined : hostPortKind.parse(text)),
};

// The kernel's sockaddr_un holds 108 bytes with the closing zero.
const MAX_SOCKET_PATH_BYTES = 107;

export const addressKind: ValueKind<Address> = {
  form: "ADDRESS",
  yaml: "text",
  parse(text) {
    const address = addressFrom(text);
    if (address === undefined) {
      throw new ValueError(
        `${quote(text)} is not an address: write unix:///PATH or tcp://HOST:PORT`,
      );
    }
    if (
      address.kind === "unix" &&
      Buffer.byteLength(address.path, "utf8") > MAX_SOCKET_PATH_BYTES
    ) {
      throw new ValueError(
        `${quote(text)} is longer than the ${MAX_SOCKET_PATH_BYTES} bytes that a unix socket may have`,
      );
    }
    return address;
  },
};

/** An address to dial: it has a port. */
export const remoteAddressKind: ValueKind<Address> = {
  ...addressKind,
  parse(text) {
    const address = addressKind.parse(text);
    if (address.kind === "unix" || address.port > 0) return address;
    throw new ValueError(`${quote(text)} has no port to dial`);
  },
};

function addressFrom(text: string): Address | undefined {
  try {
    return parseAddress(text);
  } catch (error) {
    if (error instanceof AddressError) return undefined;
    throw error;
  }
}

export const trackerUrlKind: ValueKind<string> = {
  form: "URL",
  yaml: "text",
  parse(text) {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol) || url.port === "0") {
      throw new ValueError(
        `${quote(text)} is not a tracker: write http://HOST:PORT/announce or https://HOST/announce`,
      );
    }
    if (url.username !== "" || url.password !== "") {
      throw new ValueError("a tracker's URL takes no user and password");
    }
    if (url.hash !== "") throw new ValueError(`${quote(text)} has a fragment, which says nothing`);
    return url.href;
  },
};

export const ipAddressKind: ValueKind<string> = {
  form: "IP",
  yaml: "text",
  parse(text) {
    if (isIP(text) === 0) throw new ValueError(`${quote(text)} is not an IP address`);
    if (!isWildcard(text)) return text;
    throw new ValueError(`${quote(text)} is every address: name one of this machine`);
  },
};

/** Whether a host stands for all addresses of the machine. */
export const isWildcard = (host: string): boolean => /^[0:.]+$/.test(host);

/** `HOST[:PORT]` as a reference names a registry, in lower case. */
export const registryHostKind: ValueKind<string> = {
  form: "HOST[:PORT]",
  yaml: "text",
  parse(text) {
    const host = text.toLowerCase();
    if (/^https?:\/\//.test(host)) {
      throw new ValueError(`${quote(text)} is a URL: write HOST or HOST:PORT alone`);
    }
    const match = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::(\d{1,5}))?$/.exec(
      host,
    );
    const port = Number(match?.[1] ?? 1);
    if (match !== null && host.length <= 255 && port >= 1 && port <= 65_535) return host;
    throw new ValueError(`${quote(text)} is not a registry host: write HOST or HOST:PORT`);
  },
};
