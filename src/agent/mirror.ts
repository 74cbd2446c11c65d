import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import { hostAndPort } from "../api/index.ts";
import { answer, failure, type Reply } from "./mirror-reply.ts";
import type { MirrorGate, MirrorSource } from "./mirror-source.ts";

export type MirrorOptions = {
  /** Port 0 asks the system for a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  /** The same for everybody, or by a login. */
  readonly source: MirrorSource | MirrorGate;
  /** The access log: told of every response when it has ended, whole or not. */
  readonly onAccess?: (access: MirrorAccess) => void;
};

export type MirrorAccess = {
  readonly method: string;
  /** The request target as it came. */
  readonly path: string;
  readonly status: number;
  /** Of the body, as far as they were sent. */
  readonly bytes: number;
  /** Why the status is 500, or the response ended early. */
  readonly error?: Error;
};

export type Mirror = {
  /** `http://HOST:PORT`. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Ends every connection. */
  close(): Promise<void>;
};

// A client that stands still must not hold a connection for long, and one that never ends its headers even less so.
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 15_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16 * 1024,
} as const;
/** Node looks whether anything of what waits has gone out meanwhile, so a reader that stands still has this twice. */
const STALLED_MS = 30_000;
const MOST_CONNECTIONS = 1_024;

/** A registry that only gives: the pull side of the OCI distribution spec. Listens when the promise resolves. */
export async function createMirror({ listen, source, onAccess }: MirrorOptions): Promise<Mirror> {
  const gate = typeof source === "function" ? source : () => source;
  const server = createServer(LIMITS, (request, response) => {
    void serve(gate, request, response).then(onAccess);
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.setTimeout(STALLED_MS);
  server.listen(listen.port, listen.host);
  await once(server, "listening");
  const { address: host, port } = server.address() as AddressInfo;
  return {
    url: `http://${hostAndPort({ host, port })}`,
    host,
    port,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Answers one request. Whatever goes wrong is in what it resolves with: it never rejects. */
async function serve(
  gate: MirrorGate,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<MirrorAccess> {
  const { method = "", url: path = "" } = request;
  const sent = { bytes: 0 };
  let error: unknown;
  const reply = await replyTo(gate, request).catch((cause: unknown) => {
    error = cause;
    return failure(method);
  });
  try {
    await send(reply, response, sent);
  } catch (cause) {
    // The client went away, or the rest cannot be read: only a cut connection can still say so.
    error = cause;
    response.destroy();
  }
  const access = { method, path, status: reply.status, bytes: sent.bytes };
  return error === undefined ? access : { ...access, error: error as Error };
}

const replyTo = (gate: MirrorGate, { method = "", url = "", headers }: IncomingMessage) =>
  answer(gate, {
    method,
    target: url,
    range: headers.range,
    ifRange: headers["if-range"]?.toString(),
    authorization: headers.authorization,
  });

async function send({ status, headers, body }: Reply, response: ServerResponse, sent: Sent) {
  response.writeHead(status, headers);
  if (body === undefined || body instanceof Uint8Array) {
    sent.bytes = body?.length ?? 0;
    response.end(body);
    return;
  }
  body.on("data", (chunk: Uint8Array) => {
    sent.bytes += chunk.length;
  });
  await pipeline(body, response);
}

type Sent = { bytes: number };
