import { createServer, connect as netConnect, type Server, type Socket } from "node:net";
import {
  createServer as createTlsServer,
  type SecureContextOptions,
  type TLSSocket,
  connect as tlsConnect,
} from "node:tls";
import { BtError } from "../errors.ts";
import { addressOf, isLoopback, plainAddress } from "../peer-address.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import type { LinkEnd, LinkId } from "./core/messages.ts";
import { localAddressOf } from "./finder.ts";
import type { Violation } from "./protocol.ts";

export type Address = { readonly host: string; readonly port: number };

/** Certificate and key of this node, and the CA that every other node's must come from. All are read at each new link. */
export type PeerTls = Required<Pick<SecureContextOptions, "cert" | "key" | "ca">> & {
  /** For those that change while the engine runs: the listener must hear of it. Links that are there stay. */
  onRenewal?(listener: () => void): void;
};

export type TransportLimits = {
  /** Accepted sockets in all, and of one address (never counted on loopback). */
  readonly accepted: number;
  readonly perAddress: number;
  /** Until the handshakes are over, from the first packet on. */
  readonly handshakeMs: number;
  /** A peer that says nothing, or takes nothing of what waits for it, for so long is gone. */
  readonly silentMs: number;
};

export const TRANSPORT_LIMITS: TransportLimits = {
  accepted: 128,
  perAddress: 4,
  handshakeMs: 5_000,
  silentMs: 30_000,
};

export type TransportOptions = {
  readonly listen: Address;
  /** Plain BEP 3, never TLS. May be the same as `listen`: then one port serves both. */
  readonly foreignListen?: Address;
  readonly tls?: PeerTls;
  readonly limits: TransportLimits;
  readonly connection: Pick<ConnectionOptions, "shapeOf" | "events">;
  /** A socket was accepted; nothing has been read from it. */
  onAccepted(
    connection: Connection,
    on: { readonly agents: boolean; readonly foreign: boolean },
  ): void;
  onRefused(reason: Violation | "too many"): void;
};

export type Transport = {
  readonly listening: Address;
  readonly foreignListening: Address | undefined;
  /** Resolves when connected, or with why not; TLS as for agents unless `plain`. */
  dial(address: Address, plain: boolean): Promise<Connection | LinkEnd>;
  /** The handshakes are over: the deadline does not apply any more. */
  settled(connection: Connection): void;
  close(): Promise<void>;
};

const RECEIVE_BYTES = 128 * 1024;
const SWEEP_MS = 5_000;
const PING_MS = 10_000;

/**
 * Sockets, their deadlines and their number.
 * @throws BtError LISTEN_FAILED
 */
export async function createTransport(options: TransportOptions): Promise<Transport> {
  const transport = new SocketTransport(options);
  await transport.listen();
  return transport;
}

class SocketTransport implements Transport {
  listening: Address;
  foreignListening: Address | undefined;
  readonly #options: TransportOptions;
  readonly #connections = new Set<Connection>();
  readonly #deadlines = new Map<Connection, NodeJS.Timeout>();
  readonly #dialling = new Set<Socket>();
  readonly #perAddress = new Map<string, number>();
  readonly #servers: Server[] = [];
  readonly #localAddress: string | undefined;
  readonly #sweeper: NodeJS.Timeout;
  #accepted = 0;
  #ids = 0;
  #closed = false;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.listening = options.listen;
    this.#localAddress = localAddressOf(options.listen);
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS);
    this.#sweeper.unref();
  }

  async listen(): Promise<void> {
    const { listen, foreignListen, tls } = this.#options;
    try {
      const shared = foreignListen !== undefined && isSame(listen, foreignListen);
      const kinds = { agents: true, foreign: shared && tls === undefined };
      const accept = (socket: Socket) => this.#accept(socket, kinds);
      const server =
        tls === undefined ? createServer(accept) : secureServer(tls, accept, this.#options);
      this.listening = await this.#bind(server, listen);
      if (shared) this.foreignListening = this.listening;
      else if (foreignListen !== undefined) {
        const foreign = createServer((socket) =>
          this.#accept(socket, { agents: false, foreign: true }),
        );
        this.foreignListening = await this.#bind(foreign, foreignListen);
      }
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  dial({ host, port }: Address, plain: boolean): Promise<Connection | LinkEnd> {
    return new Promise((resolve) => {
      if (this.#closed) {
        resolve("closed");
        return;
      }
      let connection: Connection | undefined;
      const onread = {
        buffer: Buffer.allocUnsafeSlow(RECEIVE_BYTES),
        callback: (bytes: number, buffer: Uint8Array) => {
          connection?.received(buffer.subarray(0, bytes));
          return true;
        },
      };
      const where = {
        host,
        port,
        onread,
        ...(this.#localAddress !== undefined && { localAddress: this.#localAddress }),
      };
      const tls = plain ? undefined : this.#options.tls;
      const socket =
        tls === undefined ? netConnect(where) : tlsConnect({ ...where, ...dialledTls(tls) });
      this.#dialling.add(socket);
      const deadline = setTimeout(() => {
        resolve("timeout");
        socket.destroy();
      }, this.#options.limits.handshakeMs);
      socket.on("error", () => resolve("refused"));
      socket.once("close", () => {
        clearTimeout(deadline);
        this.#dialling.delete(socket);
        resolve("closed");
      });
      socket.once(tls === undefined ? "connect" : "secureConnect", () => {
        clearTimeout(deadline);
        this.#dialling.delete(socket);
        connection = this.#adopt(socket, true);
        resolve(connection);
      });
    });
  }

  settled(connection: Connection): void {
    clearTimeout(this.#deadlines.get(connection));
    this.#deadlines.delete(connection);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#sweeper);
    const closed = this.#servers.map(
      (server) => new Promise<void>((resolve) => server.close(() => resolve())),
    );
    for (const socket of this.#dialling) socket.destroy();
    for (const connection of this.#connections) connection.destroy();
    await Promise.all(closed);
  }

  #accept(socket: Socket, kinds: { agents: boolean; foreign: boolean }): void {
    socket.on("error", () => socket.destroy());
    const address = plainAddress(socket.remoteAddress ?? "");
    const count = this.#perAddress.get(address) ?? 0;
    const { accepted, perAddress } = this.#options.limits;
    const isFull = this.#accepted >= accepted || (!isLoopback(address) && count >= perAddress);
    if (address === "" || isFull || this.#closed) {
      if (!this.#closed) this.#options.onRefused("too many");
      socket.destroy();
      return;
    }
    this.#accepted += 1;
    this.#perAddress.set(address, count + 1);
    socket.once("close", () => {
      this.#accepted -= 1;
      const left = (this.#perAddress.get(address) ?? 1) - 1;
      if (left > 0) this.#perAddress.set(address, left);
      else this.#perAddress.delete(address);
    });
    const connection = this.#adopt(socket, false);
    this.#options.onAccepted(connection, kinds);
    socket.on("data", (chunk: Buffer) => connection.received(chunk));
  }

  #adopt(socket: Socket, dialled: boolean): Connection {
    this.#ids += 1;
    const { shapeOf, events } = this.#options.connection;
    const id = this.#ids as LinkId;
    const connection = new Connection({ id, socket, dialled, shapeOf, events });
    this.#connections.add(connection);
    socket.once("close", () => {
      this.#connections.delete(connection);
      this.settled(connection);
    });
    const deadline = setTimeout(
      () => connection.violate("timeout"),
      this.#options.limits.handshakeMs,
    );
    this.#deadlines.set(connection, deadline);
    return connection;
  }

  async #bind(server: Server, { host, port }: Address): Promise<Address> {
    this.#servers.push(server);
    await new Promise<void>((resolve, reject) => {
      server.once("error", (cause) => {
        const why = "code" in cause ? cause.code : cause.message;
        const problem = `cannot listen for peers on ${addressOf(host, port)}: ${why}`;
        reject(new BtError("LISTEN_FAILED", problem, { cause }));
      });
      server.listen({ host, port }, resolve);
    });
    server.removeAllListeners("error");
    // Failing to accept one connection must not end the process; the client will try again.
    server.on("error", () => {});
    const bound = server.address();
    return { host, port: bound !== null && typeof bound === "object" ? bound.port : port };
  }

  /** Hangs up on the silent and the stuck, and lets the others know that we are there. */
  #sweep(): void {
    const now = performance.now();
    const { silentMs } = this.#options.limits;
    for (const connection of this.#connections) {
      if (this.#deadlines.has(connection)) continue;
      const patience = connection.key === undefined ? silentMs : FOREIGN_SILENT_MS;
      if (now - connection.heardMs > patience || connection.stuckMs(now) > silentMs) {
        connection.violate("timeout");
      } else if (now - connection.spokeMs > PING_MS) connection.ping();
    }
  }
}

/** BEP 3 clients say something every two minutes. */
const FOREIGN_SILENT_MS = 150_000;

const isSame = (a: Address, b: Address): boolean => a.host === b.host && a.port === b.port;

const TLS_VERSIONS = { minVersion: "TLSv1.3", maxVersion: "TLSv1.3" } as const;
/** The cheapest one where the processor knows AES. */
const CIPHERS = "TLS_AES_128_GCM_SHA256";

const dialledTls = (tls: PeerTls) => ({
  ...tls,
  ...TLS_VERSIONS,
  ciphers: CIPHERS,
  // Nodes are known by their CA; they have no names that we dialled.
  checkServerIdentity: () => undefined,
});

function secureServer(
  tls: PeerTls,
  accept: (socket: TLSSocket) => void,
  { limits, onRefused }: TransportOptions,
): Server {
  const context = () => ({
    cert: tls.cert,
    key: tls.key,
    ca: tls.ca,
    ...TLS_VERSIONS,
    ciphers: CIPHERS,
  });
  const server = createTlsServer(
    {
      ...context(),
      requestCert: true,
      rejectUnauthorized: true,
      handshakeTimeout: limits.handshakeMs,
    },
    accept,
  );
  server.on("tlsClientError", () => onRefused("handshake"));
  tls.onRenewal?.(() => server.setSecureContext(context()));
  return server;
}
