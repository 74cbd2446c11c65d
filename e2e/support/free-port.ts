import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/** A TCP port that nothing listened on a moment ago. Prefer port 0 and reading the port back where a program can do that. */
export async function freePort(host = "127.0.0.1"): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
