import { Readable, type Writable } from "node:stream";
import {
  type CallOptions,
  Client,
  credentials as grpcCredentials,
  Metadata,
  type ServiceError,
} from "@grpc/grpc-js";
import { type Address, hostAndPort } from "./address.ts";
import { MAX_MESSAGE_BYTES } from "./service.ts";

/** PEM texts: the CA that the daemon's certificate must come from, and our own certificate where the daemon wants one. */
export type ClientTls = {
  readonly ca: string;
  readonly certificate?: { readonly cert: string; readonly key: string };
};

export type Call = {
  readonly signal?: AbortSignal;
  /** The whole call, streams included. */
  readonly timeoutMs?: number;
  readonly metadata?: Readonly<Record<string, string>>;
};

/** What a call needs of a method's definition. */
export type Method<Request, Response> = {
  readonly path: string;
  requestSerialize(request: Request): Buffer;
  responseDeserialize(bytes: Buffer): Response;
};

// A dead address must not hold up the next one: TCP connects are retried quickly, within the caller's deadline.
const CHANNEL_OPTIONS = {
  "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
  "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  "grpc.initial_reconnect_backoff_ms": 200,
  "grpc.max_reconnect_backoff_ms": 2_000,
  // Proxies in the environment are for the registry, never for our own daemons.
  "grpc.enable_http_proxy": 0,
};

/** A client of one daemon; nothing is dialled before the first call. Close it when done. */
export const connectDaemon = (address: Address, tls?: ClientTls): Client =>
  address.kind === "unix"
    ? connectSocket(address.path)
    : new Client(hostAndPort(address), channelCredentials(tls), CHANNEL_OPTIONS);

/** The same for whatever service listens on a unix socket. */
export const connectSocket = (path: string): Client =>
  new Client(`unix:${path}`, grpcCredentials.createInsecure(), {
    ...CHANNEL_OPTIONS,
    "grpc.default_authority": "localhost",
  });

function channelCredentials(tls: ClientTls | undefined) {
  if (tls === undefined) return grpcCredentials.createInsecure();
  const own = tls.certificate;
  return grpcCredentials.createSsl(
    Buffer.from(tls.ca),
    own === undefined ? null : Buffer.from(own.key),
    own === undefined ? null : Buffer.from(own.cert),
  );
}

/**
 * One request, one response: `unary(client, methods.Status, { reference })`.
 * @throws ServiceError with the gRPC status code, or the signal's reason.
 */
export function unary<Request, Response>(
  client: Client,
  method: Method<Request, Response>,
  request: NoInfer<Request>,
  call: Call = {},
): Promise<Response> {
  call.signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const settle = (error: ServiceError | null, response?: Response) => {
      call.signal?.removeEventListener("abort", abort);
      if (error === null) resolve(response as Response);
      else reject(call.signal?.aborted ? call.signal.reason : error);
    };
    const active = client.makeUnaryRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      metadataOf(call),
      callOptions(call),
      settle,
    );
    const abort = () => active.cancel();
    call.signal?.addEventListener("abort", abort, { once: true });
  });
}

/**
 * Many requests, one response. They are taken one by one, as the other side takes them.
 * @throws ServiceError with the gRPC status code, or the signal's reason, or what the requests threw
 */
export function clientStream<Request, Response>(
  client: Client,
  method: Method<Request, Response>,
  requests: AsyncIterable<NoInfer<Request>>,
  call: Call = {},
): Promise<Response> {
  call.signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    let broken: unknown;
    const settle = (error: ServiceError | null, response?: Response) => {
      call.signal?.removeEventListener("abort", abort);
      source.destroy();
      if (error === null) resolve(response as Response);
      else reject(call.signal?.aborted ? call.signal.reason : (broken ?? error));
    };
    const active = client.makeClientStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      metadataOf(call),
      callOptions(call),
      settle,
    );
    const abort = () => active.cancel();
    call.signal?.addEventListener("abort", abort, { once: true });
    const source = Readable.from(requests);
    source.on("error", (error) => {
      broken = error;
      active.cancel();
    });
    source.pipe(active as unknown as Writable);
  });
}

export type Exchange<Request, Response> = {
  /** One at a time. */
  ask(request: Request): Promise<Response>;
  /** Nothing more is asked; what was not answered is given up. */
  close(): void;
};

/**
 * A response for each request. Close it when done.
 * @throws ServiceError with the gRPC status code, or the signal's reason, from `ask`
 */
export function exchange<Request, Response>(
  client: Client,
  method: Method<Request, Response>,
  call: Call = {},
): Exchange<Request, Response> {
  call.signal?.throwIfAborted();
  const active = client.makeBidiStreamRequest(
    method.path,
    method.requestSerialize,
    method.responseDeserialize,
    metadataOf(call),
    callOptions(call),
  );
  // It may break off between two requests; the next one tells.
  active.on("error", () => {});
  const abort = () => active.cancel();
  call.signal?.addEventListener("abort", abort, { once: true });
  const answers = active[Symbol.asyncIterator]() as AsyncIterator<Response>;
  return {
    async ask(request) {
      try {
        active.write(request);
        const { value, done } = await answers.next();
        if (done !== true) return value;
      } catch (error) {
        throw call.signal?.aborted ? call.signal.reason : error;
      }
      throw new Error(`${method.path} ended without an answer`);
    },
    close() {
      call.signal?.removeEventListener("abort", abort);
      active.cancel();
    },
  };
}

/**
 * Waits for a connection.
 * @throws Error when there is none within the time, or the signal's reason
 */
export function connected(client: Client, timeoutMs: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    client.waitForReady(Date.now() + timeoutMs, (error) => {
      signal.removeEventListener("abort", abort);
      if (error === undefined) resolve();
      else reject(error);
    });
  });
}

/**
 * One request, many responses. Leaving the loop cancels the call.
 * @throws ServiceError with the gRPC status code, or the signal's reason.
 */
export async function* serverStream<Request, Response>(
  client: Client,
  method: Method<Request, Response>,
  request: NoInfer<Request>,
  call: Call = {},
): AsyncGenerator<Response, void, undefined> {
  call.signal?.throwIfAborted();
  const active = client.makeServerStreamRequest(
    method.path,
    method.requestSerialize,
    method.responseDeserialize,
    request,
    metadataOf(call),
    callOptions(call),
  );
  // A cancelled call still emits its error after the loop was left, when nobody else listens.
  active.on("error", () => {});
  const abort = () => active.cancel();
  call.signal?.addEventListener("abort", abort, { once: true });
  try {
    for await (const message of active) yield message as Response;
  } catch (error) {
    throw call.signal?.aborted ? call.signal.reason : error;
  } finally {
    call.signal?.removeEventListener("abort", abort);
    active.cancel();
  }
}

function metadataOf({ metadata = {} }: Call): Metadata {
  const all = new Metadata();
  for (const [key, value] of Object.entries(metadata)) all.set(key, value);
  return all;
}

const callOptions = ({ timeoutMs }: Call): CallOptions =>
  timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
