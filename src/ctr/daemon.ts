import type { Address, ClientTls, methods } from "../api/index.ts";
import type { AddressChoice } from "./address.ts";
import { type CallSubject, explainCall, isCallError, isSocketRefusal } from "./daemon-failure.ts";
import { formatDuration } from "./duration.ts";
import { CtrError } from "./errors.ts";
import { socketGroup } from "./socket-group.ts";

/** The part of a method's definition that types its call: `daemon.methods.Status`. */
type Method<Request, Response> = {
  readonly requestSerialize: (value: Request) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Response;
};

/** One daemon. Nothing is dialled before the first call. */
export interface Daemon {
  /** As the user would write it. */
  readonly name: string;
  /** False when a password would cross a network in clear text. */
  readonly keepsSecrets: boolean;
  readonly methods: typeof methods;
  /** @throws CtrError with a sentence for the user, or the signal's reason. */
  ask<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    timeoutMs?: number,
  ): Promise<Response>;
  /** @throws what `ask` throws. */
  follow<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
  ): AsyncGenerator<Response, void, undefined>;
  close(): void;
}

/** How long an answer to a question may take; what runs long is followed instead. */
const ANSWER_MS = 60_000;
/** A host that swallows packets would hold a stream for minutes; a daemon that lives greets back at once. */
const GREETING_MS = 10_000;

const DEADLINE_EXCEEDED = 4;

export async function openDaemon(
  choice: AddressChoice,
  tls: ClientTls | undefined,
  signal: AbortSignal,
): Promise<Daemon> {
  const api = await import("../api/index.ts");
  const address = parse(() => api.parseAddress(choice.text));
  const subject: CallSubject = {
    address: api.formatAddress(address),
    transport: address.kind === "unix" ? "unix" : tls === undefined ? "tcp" : "tls",
    presented: tls?.certificate !== undefined,
  };
  const client = connect(() => api.connectDaemon(address, tls));

  const ask: Daemon["ask"] = async (method, request, timeoutMs = ANSWER_MS) => {
    try {
      return await api.unary(client, method as never, request, { signal, timeoutMs });
    } catch (error) {
      throw isOurDeadline(error)
        ? noAnswer(subject.address, timeoutMs, error)
        : await explained(error, address, subject);
    }
  };
  const follow: Daemon["follow"] = async function* (method, request) {
    await ask(api.methods.GetVersion, {}, GREETING_MS);
    try {
      yield* api.serverStream(client, method as never, request, { signal });
    } catch (error) {
      throw await explained(error, address, subject);
    }
  };
  return {
    name: subject.address,
    keepsSecrets: address.kind === "unix" || tls !== undefined || api.isLoopback(address.host),
    methods: api.methods,
    ask,
    follow,
    close: () => client.close(),
  };
}

function parse(read: () => Address): Address {
  try {
    return read();
  } catch (cause) {
    throw new CtrError("USAGE", cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** OpenSSL reads the PEM texts when the client is made. */
function connect<Client>(make: () => Client): Client {
  try {
    return make();
  } catch (cause) {
    throw new CtrError(
      "USAGE",
      "could not use --tls-ca, --tls-cert and --tls-key: give PEM files, and the key that belongs to the certificate",
      { cause },
    );
  }
}

async function explained(error: unknown, address: Address, subject: CallSubject): Promise<unknown> {
  if (!isCallError(error)) return error;
  if (address.kind !== "unix" || !isSocketRefusal(error)) return explainCall(error, subject);
  const group = await socketGroup(address.path);
  return explainCall(error, group === undefined ? subject : { ...subject, socketGroup: group });
}

// The daemon's own DEADLINE_EXCEEDED brings a sentence of the daemon.
const isOurDeadline = (error: unknown): boolean =>
  isCallError(error) &&
  error.code === DEADLINE_EXCEEDED &&
  error.details.startsWith("Deadline exceeded after");

const noAnswer = (address: string, afterMs: number, cause: unknown): CtrError =>
  new CtrError("TIMEOUT", `no answer from ${address} within ${formatDuration(afterMs)}`, { cause });
