import { once } from "node:events";
import { createServer } from "node:net";

/** Below what the kernel gives to outgoing connections, so that nobody takes a port while its server is being restarted. */
const RANGE = { first: 20_000, last: 32_000 };
const TRIES = 50;

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}

/** A TCP port of loopback for a server that cannot choose one itself. */
export async function serverPort(): Promise<number> {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const port = RANGE.first + Math.floor(Math.random() * (RANGE.last - RANGE.first));
    if (await isFree(port)) return port;
  }
  throw new Error(`no port from ${RANGE.first} to ${RANGE.last} was free, of ${TRIES} tried`);
}
