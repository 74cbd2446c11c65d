import { chmod, rm } from "node:fs/promises";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type Server, ServerCredentials } from "@grpc/grpc-js";
import { type Address, formatAddress } from "../api/index.ts";
import { AgentError } from "./errors.ts";

/**
 * The socket is for its owner and its group: file modes are what protects it.
 * @throws AgentError IN_USE when somebody listens there
 */
export async function bindSocket(
  server: Server,
  address: Address & { readonly kind: "unix" },
): Promise<void> {
  if (await answers(address.path)) throw inUse(address);
  await rm(address.path, { force: true });
  await bind(server, `unix:${address.path}`, ServerCredentials.createInsecure(), address);
  await chmod(address.path, 0o660);
}

/** The port on which it really listens. `address` is how messages name it. */
export function bind(
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
      cause === undefined ? "another process answers there" : cause.message
    }: choose another --listen`,
    { cause },
  );

/** Whether somebody listens on a socket; one that a killed process left behind does not answer. */
function answers(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path);
  socket.once("connect", () => resolve(true));
  socket.once("error", () => resolve(false));
  return promise.finally(() => socket.destroy());
}

/** Lets calls under way end for at most `graceMs`. */
export async function shutDown(server: Server, graceMs: number): Promise<void> {
  const over = new AbortController();
  const ended = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  const late = sleep(graceMs, undefined, { signal: over.signal }).then(
    () => server.forceShutdown(),
    () => {},
  );
  await Promise.race([ended, late]);
  over.abort();
}
