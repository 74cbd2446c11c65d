import { createServer, type Server, type Socket } from "node:net";
import { BtError } from "../errors.ts";
import { isLoopback, plainAddress } from "../peer-address.ts";
import { HANDSHAKE_BYTES, readHandshake } from "./wire-guard.ts";

export type AcceptLimits = {
  /** Sockets in all. */
  readonly sockets: number;
  /** From one address: how many that have not yet said which torrent they want, and how many for one torrent. Never counted on loopback. */
  readonly perAddress: number;
  /** For the first 68 bytes. */
  readonly handshakeMs: number;
};

export const ACCEPT_LIMITS: AcceptLimits = { sockets: 1024, perAddress: 4, handshakeMs: 5_000 };

export type AcceptorOptions = {
  readonly listen: { readonly host: string; readonly port: number };
  readonly limits: AcceptLimits;
  /** Is given a paused socket and what was read from it, or says why not. */
  onPeer(socket: Socket, head: Buffer, infoHash: string): Refusal | undefined;
  onRefused(reason: Refusal): void;
};

export type Refusal = "too many" | "handshake" | "unknown torrent" | "timeout";

export type Acceptor = {
  readonly listening: { readonly host: string; readonly port: number };
  close(): Promise<void>;
};

/**
 * Listens for peers and lets a connection through once it has said in time which torrent it wants.
 * @throws BtError LISTEN_FAILED
 */
export async function createAcceptor(options: AcceptorOptions): Promise<Acceptor> {
  const counts = createCounts();
  const sockets = new Set<Socket>();
  const server = createServer({ pauseOnConnect: false }, (socket) => {
    socket.on("error", () => socket.destroy());
    const address = plainAddress(socket.remoteAddress ?? "");
    const limit = isLoopback(address) ? Number.POSITIVE_INFINITY : options.limits.perAddress;
    const release = counts.add(`new ${address}`, limit);
    if (address === "" || sockets.size >= options.limits.sockets || release === undefined) {
      options.onRefused("too many");
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    awaitHandshake(socket, options, (head, infoHash) => {
      release();
      const leave = counts.add(`${infoHash} ${address}`, limit);
      if (leave === undefined) return refuse(socket, "too many", options);
      socket.once("close", leave);
      const refusal = options.onPeer(socket, head, infoHash);
      if (refusal !== undefined) refuse(socket, refusal, options);
    });
    socket.once("close", release);
  });
  await listen(server, options.listen);
  const bound = server.address();
  const port = bound !== null && typeof bound === "object" ? bound.port : options.listen.port;
  return {
    listening: { host: options.listen.host, port },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function refuse(socket: Socket, reason: Refusal, options: AcceptorOptions): void {
  options.onRefused(reason);
  socket.destroy();
}

function awaitHandshake(
  socket: Socket,
  options: AcceptorOptions,
  onHandshake: (head: Buffer, infoHash: string) => void,
): void {
  let head = Buffer.alloc(0);
  const deadline = setTimeout(() => refuse(socket, "timeout", options), options.limits.handshakeMs);
  socket.once("close", () => clearTimeout(deadline));
  const arrived = (chunk: Buffer) => {
    head = Buffer.concat([head, chunk]);
    try {
      if (head[0] !== 19) return refuse(socket, "handshake", options);
      if (head.length < HANDSHAKE_BYTES) return;
      clearTimeout(deadline);
      socket.off("data", arrived);
      socket.pause();
      const { infoHash } = readHandshake(head);
      onHandshake(head, infoHash);
    } catch {
      refuse(socket, "handshake", options);
    }
  };
  socket.on("data", arrived);
}

async function listen(server: Server, { host, port }: AcceptorOptions["listen"]): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      const why = "code" in cause ? cause.code : cause.message;
      const problem = `cannot listen for peers on ${host} port ${port}: ${why}`;
      reject(new BtError("LISTEN_FAILED", problem, { cause }));
    });
    server.listen({ host, port }, resolve);
  });
  server.removeAllListeners("error");
  // Failing to accept one connection must not end the process; the client will try again.
  server.on("error", () => {});
}

function createCounts() {
  const counts = new Map<string, number>();
  return {
    /** Answers with what gives the place back, once; undefined when there is none. */
    add: (key: string, limit: number): (() => void) | undefined => {
      const count = counts.get(key) ?? 0;
      if (count >= limit) return undefined;
      counts.set(key, count + 1);
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        const left = (counts.get(key) ?? 1) - 1;
        if (left === 0) counts.delete(key);
        else counts.set(key, left);
      };
    },
  };
}
