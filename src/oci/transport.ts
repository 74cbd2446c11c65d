import type { LookupFunction } from "node:net";
import type { Readable } from "node:stream";
import { getCACertificates } from "node:tls";
import { errors, Pool } from "undici";
import { AttemptFailed, type Failure } from "./attempt-failure.ts";
import { codedFailure } from "./network-failure.ts";
import type { RegistryLimits } from "./registry-limits.ts";

/** How far a server's certificate is believed. `ca` is PEM text of authorities besides the system's. */
export type Trust = { readonly verify: boolean; readonly ca?: string };

export type HttpRequest = {
  readonly url: URL;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly trust: Trust;
};

export interface HttpAnswer {
  readonly status: number;
  /** By lower-case name; the values of one that comes several times are joined by ", ". */
  header(name: string): string | undefined;
  /** Fails with what `explained` understands. Read it, or `discard` it. */
  readonly body: Readable;
  /** Gives the connection back, or closes it when more than `limit` bytes are still to come. */
  discard(limit: number): Promise<void>;
}

export interface Transport {
  /** One request, no redirect followed. Fails with `AttemptFailed`, or with the signal's reason. */
  request(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
  close(): Promise<void>;
}

export type TransportOptions = {
  readonly limits: RegistryLimits;
  /** The local address to connect from. */
  readonly localAddress?: string;
  readonly lookup?: LookupFunction;
};

/** Redirects may name any number of hosts; the pools of those asked longest ago are closed. */
const MOST_POOLS = 64;
/** Enough to keep a socket flowing while a block is written; small beside the memory of a process. */
const BODY_HIGH_WATER_MARK = 512 * 1024;

export function createTransport(options: TransportOptions): Transport {
  const pools = new Map<string, Pool>();
  const poolFor = (origin: string, trust: Trust): Pool => {
    const key = `${origin} ${trust.verify} ${trust.ca ?? ""}`;
    const pool = pools.get(key) ?? createPool(origin, trust, options);
    pools.delete(key);
    pools.set(key, pool);
    const [oldest] = pools;
    if (pools.size > MOST_POOLS && oldest !== undefined) {
      pools.delete(oldest[0]);
      void oldest[1].close().catch(() => {});
    }
    return pool;
  };
  return {
    async request({ url, method, headers, body, trust }, signal) {
      signal.throwIfAborted();
      const path = url.pathname + url.search;
      try {
        const answer = await poolFor(url.origin, trust).request({
          path,
          method,
          headers,
          ...(body === undefined ? {} : { body }),
          signal,
          highWaterMark: BODY_HIGH_WATER_MARK,
        });
        return httpAnswer(answer.statusCode, answer.headers, answer.body);
      } catch (cause) {
        signal.throwIfAborted();
        throw explained(cause, url.host);
      }
    },
    async close() {
      const open = [...pools.values()];
      pools.clear();
      await Promise.all(open.map((pool) => pool.destroy()));
    },
  };
}

function createPool(origin: string, trust: Trust, options: TransportOptions): Pool {
  const { limits, localAddress, lookup } = options;
  const ca = trust.ca === undefined ? {} : { ca: [...getCACertificates(), trust.ca] };
  return new Pool(origin, {
    allowH2: false,
    // Among the connect options it would be overwritten with nothing.
    ...(localAddress === undefined ? {} : { localAddress }),
    connections: limits.connections,
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    bodyTimeout: limits.idleBodyMs,
    connect: {
      timeout: limits.connectMs,
      rejectUnauthorized: trust.verify,
      ...ca,
      ...(lookup === undefined ? {} : { lookup }),
    },
  });
}

type Body = Readable & { dump(options: { limit: number }): Promise<void> };

function httpAnswer(
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: Body,
): HttpAnswer {
  // A body that is dropped, or aborted between two reads, emits its error to nobody: that must not end the process.
  body.on("error", () => {});
  return {
    status,
    header(name) {
      const value = headers[name];
      return Array.isArray(value) ? value.join(", ") : value;
    },
    body,
    async discard(limit) {
      await body.dump({ limit }).catch(() => {});
    },
  };
}

/** What a failed request, or a failed body, says about the server at `host`. */
export function explained(error: unknown, host: string): AttemptFailed {
  if (error instanceof AttemptFailed) return error;
  const failure = failureOf(error, host);
  // The parser's error quotes what it read, and that may be a token.
  return new AttemptFailed(failure, failure.kind === "protocol" ? undefined : { cause: error });
}

function failureOf(error: unknown, host: string): Failure {
  if (error instanceof errors.ConnectTimeoutError) {
    return { kind: "network", host, reason: "connectTimeout" };
  }
  if (error instanceof errors.HeadersTimeoutError) {
    return { kind: "network", host, reason: "headersTimeout" };
  }
  if (error instanceof errors.BodyTimeoutError) {
    return { kind: "network", host, reason: "bodyTimeout" };
  }
  if (error instanceof errors.HeadersOverflowError) {
    return { kind: "protocol", host, detail: "sends too many bytes of headers" };
  }
  if (
    error instanceof errors.SocketError ||
    error instanceof errors.ResponseContentLengthMismatchError
  ) {
    return { kind: "network", host, reason: "reset" };
  }
  return codedFailure(error, host);
}
