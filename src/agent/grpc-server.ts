import { chmod, rm } from "node:fs/promises";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import {
  type Address,
  formatAddress,
  type HealthHandlers,
  healthMethods,
  hostAndPort,
  MAX_MESSAGE_BYTES,
  methods,
  type OciTorrentHandlers,
} from "../api/index.ts";
import { AgentError } from "./errors.ts";

/** PEM texts: our own certificate, and the CA that every caller's certificate must come from. */
export type ServerTls = { readonly cert: string; readonly key: string; readonly clientCa: string };

export type GrpcServerOptions = {
  readonly listen: readonly Address[];
  readonly tls?: ServerTls;
  readonly service: OciTorrentHandlers;
  readonly health: HealthHandlers;
  /** Adds what else should be served, such as reflection. */
  readonly extend?: (server: Server) => Promise<void>;
};

export type GrpcServer = {
  /** Where it really listens: port 0 has become a real one. */
  readonly addresses: readonly Address[];
  /** Lets calls under way end for at most `graceMs`. */
  close(graceMs: number): Promise<void>;
};

const OPTIONS = {
  "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
  "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  "grpc.max_concurrent_streams": 100,
  "grpc.max_metadata_size": 16 * 1024,
  // A caller that vanished without a word is found within a minute.
  "grpc.keepalive_time_ms": 30_000,
  "grpc.keepalive_timeout_ms": 20_000,
  "grpc.keepalive_permit_without_calls": 1,
};

/** @throws AgentError IN_USE when an address is taken. */
export async function openGrpcServer(options: GrpcServerOptions): Promise<GrpcServer> {
  const server = new Server(OPTIONS);
  server.addService(methods, options.service);
  server.addService(healthMethods, options.health);
  await options.extend?.(server);
  const addresses: Address[] = [];
  try {
    for (const address of options.listen) {
      addresses.push(
        address.kind === "unix"
          ? await bindSocket(server, address)
          : await bindPort(server, address, options.tls),
      );
    }
  } catch (error) {
    server.forceShutdown();
    throw error;
  }
  return { addresses, close: (graceMs) => shutDown(server, graceMs) };
}

/** The socket is for its owner and its group: file modes are what protects it. */
async function bindSocket(server: Server, address: Address & { kind: "unix" }): Promise<Address> {
  if (await answers(address.path)) throw inUse(address);
  await rm(address.path, { force: true });
  await bind(server, `unix:${address.path}`, ServerCredentials.createInsecure(), address);
  await chmod(address.path, 0o660);
  return address;
}

async function bindPort(
  server: Server,
  address: Address & { kind: "tcp" },
  tls: ServerTls | undefined,
): Promise<Address> {
  const port = await bind(server, hostAndPort(address), credentialsOf(tls), address);
  return { ...address, port };
}

const credentialsOf = (tls: ServerTls | undefined): ServerCredentials =>
  tls === undefined
    ? ServerCredentials.createInsecure()
    : ServerCredentials.createSsl(
        Buffer.from(tls.clientCa),
        [{ private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.cert) }],
        true,
      );

function bind(
  server: Server,
  target: string,
  credentials: ServerCredentials,
  address: Address,
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(target, credentials, (error, port) => {
      if (error === null) resolve(port);
      else reject(inUse(address, error));
    });
  });
}

const inUse = (address: Address, cause?: Error): AgentError =>
  new AgentError(
    "IN_USE",
    `could not listen at ${formatAddress(address)}: ${
      cause === undefined ? "another oci-torrentd answers there" : cause.message
    }: choose another --listen`,
    { cause },
  );

/** Whether somebody listens on a socket; one that a killed daemon left behind does not answer. */
function answers(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path);
  socket.once("connect", () => resolve(true));
  socket.once("error", () => resolve(false));
  return promise.finally(() => socket.destroy());
}

async function shutDown(server: Server, graceMs: number): Promise<void> {
  const over = new AbortController();
  const ended = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  const late = sleep(graceMs, undefined, { signal: over.signal }).then(
    () => server.forceShutdown(),
    () => {},
  );
  await Promise.race([ended, late]);
  over.abort();
}
