import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { TOP } from "../../tools/top.ts";
import { atEnd, type Scope } from "./at-end.ts";
import { type Place, start } from "./processes.ts";
import { nodeProgram } from "./programs.ts";
import { tempDir } from "./temp.ts";

const CHILD = join(TOP, "e2e/support/forward-child.ts");

/** Lets this machine's loopback reach a TCP port of another network. Resolves with the port of 127.0.0.1. */
export async function forward(
  scope: Scope,
  { on, host, port }: { readonly on: Place; readonly host: string; readonly port: number },
): Promise<number> {
  const socket = join(tempDir(scope), "socket");
  const child = start(scope, nodeProgram, [CHILD, socket, host, String(port)], { on });
  await child.line(/^forwarding$/);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const inside = connect(socket);
    client.pipe(inside).pipe(client);
    for (const [one, other] of [
      [client, inside],
      [inside, client],
    ] as const) {
      sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  atEnd(scope, async () => {
    for (const each of sockets) each.destroy();
    await new Promise((closed) => server.close(closed));
  });
  return (server.address() as AddressInfo).port;
}
