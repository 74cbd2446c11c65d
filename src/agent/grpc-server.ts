import { Server, ServerCredentials } from "@grpc/grpc-js";
import {
  type Address,
  type HealthHandlers,
  healthMethods,
  hostAndPort,
  MAX_MESSAGE_BYTES,
  methods,
  type OciTorrentHandlers,
} from "../api/index.ts";
import { bind, bindSocket, shutDown } from "./grpc-socket.ts";

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
      if (address.kind === "tcp") addresses.push(await bindPort(server, address, options.tls));
      else {
        await bindSocket(server, address);
        addresses.push(address);
      }
    }
  } catch (error) {
    server.forceShutdown();
    throw error;
  }
  return { addresses, close: (graceMs) => shutDown(server, graceMs) };
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
