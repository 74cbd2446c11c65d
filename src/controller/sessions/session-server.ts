import {
  type Metadata,
  Server,
  type ServerErrorResponse,
  type ServerUnaryCall,
} from "@grpc/grpc-js";
import {
  type ControllerHandlers,
  controllerMethods,
  hostAndPort,
  MAX_MESSAGE_BYTES,
  parseSigningRequest,
  RenewableCredentials,
  type SignAgentRequest__Output,
  type SignedAgent,
} from "../../api/index.ts";
import type { Clock, Log } from "../../runtime/index.ts";
import type { Authenticator } from "../identity/authenticator.ts";
import { IdentityError } from "../identity/errors.ts";
import type { Member } from "../identity/token-review.ts";
import type { KeyPair } from "../identity/x509.ts";
import { isCallers, type Leadership, NotLeading, refusalOf } from "./refusal.ts";
import { type SessionCall, serveSession } from "./session-call.ts";
import type { SessionRegistry } from "./sessions.ts";

export type SessionServerOptions = {
  readonly listen: { readonly host: string; readonly port: number };
  /** The certificate is for the controllers' name. */
  readonly pair: KeyPair;
  /** Asked at each call. */
  leadership(): Leadership;
  readonly authenticator: Authenticator;
  /** A certificate for the member's node. */
  sign(member: Member, csr: Uint8Array, signal: AbortSignal): Promise<SignedAgent>;
  readonly sessions: SessionRegistry;
  readonly clock: Clock;
  readonly log: Log;
};

export type SessionServer = {
  /** Port 0 has become a real one. */
  readonly port: number;
  /** Shows another certificate from now on. */
  renew(pair: KeyPair): void;
  /** Ends all sessions: agents look for the one who leads. */
  stopLeading(): void;
  close(): void;
};

type SignCall = Pick<
  ServerUnaryCall<SignAgentRequest__Output, SignedAgent>,
  "request" | "metadata"
>;

const OPTIONS = {
  "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
  "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  // Of one agent: its session, and a certificate now and then.
  "grpc.max_concurrent_streams": 8,
  // A token has its place in it.
  "grpc.max_metadata_size": 32 * 1024,
  // A node that vanished without a word is found within 30 s.
  "grpc.keepalive_time_ms": 15_000,
  "grpc.keepalive_timeout_ms": 10_000,
};

/** Serves the agents, for whom one port does: tokens tell who calls. */
export async function openSessionServer(options: SessionServerOptions): Promise<SessionServer> {
  const { listen, pair, sessions } = options;
  const server = new Server(OPTIONS);
  const credentials = new RenewableCredentials(pair);
  server.addService(controllerMethods, handlersFor(options));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(hostAndPort(listen), credentials, (cause, bound) => {
      if (cause === null) resolve(bound);
      else reject(new Error(`could not listen at ${hostAndPort(listen)}: ${cause.message}`));
    });
  });
  const leader = () => {
    const leadership = options.leadership();
    return leadership.kind === "following" ? leadership.leader : undefined;
  };
  return {
    port,
    renew: (next) => credentials.renew(next),
    stopLeading: () => sessions.clear(new NotLeading(leader())),
    close() {
      sessions.clear(new NotLeading(leader()));
      server.forceShutdown();
    },
  };
}

function handlersFor(options: SessionServerOptions): ControllerHandlers {
  const { log } = options;
  const mustLead = () => {
    const leadership = options.leadership();
    if (leadership.kind === "following") throw new NotLeading(leadership.leader);
  };

  async function recognise(metadata: Metadata, signal: AbortSignal): Promise<Member> {
    mustLead();
    const member = await options.authenticator.authenticate(tokenIn(metadata), signal);
    mustLead();
    return member;
  }

  async function signAgent({ request, metadata }: SignCall, signal: AbortSignal) {
    const member = await recognise(metadata, signal);
    const { node, csr } = parseSigningRequest(request);
    if (node !== member.node) throw otherNode(member, node);
    const signed = await options.sign(member, csr, signal);
    log.info("certificate signed", { node });
    return signed;
  }

  async function serve(call: SessionCall, signal: AbortSignal): Promise<void> {
    const member = await recognise(call.metadata, signal);
    await serveSession(call, member, options, signal);
  }

  function toldRefusal(method: string, error: unknown): ServerErrorResponse {
    const fields = { method, error: error instanceof Error ? error.message : String(error) };
    if (isCallers(error)) log.warn("agent refused", fields);
    else if (!(error instanceof NotLeading)) log.error("agent could not be served", fields);
    return refusalOf(error);
  }

  return {
    SignAgent(call, answer) {
      signAgent(call, whileOpen(call)).then(
        (signed) => answer(null, signed),
        (error: unknown) => answer(toldRefusal("SignAgent", error)),
      );
    },
    Session(call) {
      const signal = whileOpen(call);
      serve(call, signal).then(
        () => call.end(),
        (error: unknown) => {
          if (!signal.aborted) call.emit("error", toldRefusal("Session", error));
        },
      );
    },
  };
}

/** Aborted when the caller has gone, or its deadline has passed. */
function whileOpen(call: { on(event: "cancelled", act: () => void): unknown }): AbortSignal {
  const gone = new AbortController();
  call.on("cancelled", () => gone.abort(new DOMException("the caller has gone", "AbortError")));
  return gone.signal;
}

/** Empty without one. */
function tokenIn(metadata: Metadata): string {
  const [value] = metadata.get("authorization");
  return /^Bearer ([^\s]+)$/i.exec(typeof value === "string" ? value : "")?.[1] ?? "";
}

const otherNode = (member: Member, asked: string) =>
  new IdentityError(
    "FORBIDDEN",
    `the token is of the pod ${member.podName} on ${member.node}, and no certificate for ${asked} is given to it`,
  );
