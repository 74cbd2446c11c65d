// Before a mirror: passes on what it is asked, but for one blob, with which something is wrong.
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { atEnd, type Scope } from "../support/at-end.ts";

/** Answers a GET of the blob in place of the mirror, which would have given these bytes; or passes it on. */
export type Fault = (bytes: Buffer, response: ServerResponse, passOn: () => void) => void;

export type FaultyFront = {
  /** HOST:PORT */
  readonly address: string;
  /** How often the blob was asked for. */
  readonly asked: number;
};

export async function startFaultyFront(
  scope: Scope,
  mirror: string,
  { path, bytes, fault }: { readonly path: RegExp; readonly bytes: Buffer; readonly fault: Fault },
): Promise<FaultyFront> {
  let asked = 0;
  const server = createServer((incoming, response) => {
    const passOn = () => forward(mirror, incoming, response);
    const isFetched = incoming.headers.authorization !== undefined && incoming.method === "GET";
    if (!isFetched || !path.test(incoming.url ?? "")) return passOn();
    asked += 1;
    fault(bytes, response, passOn);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  atEnd(scope, async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    get asked() {
      return asked;
    },
  };
}

function forward(mirror: string, incoming: IncomingMessage, response: ServerResponse): void {
  const { method, url: path, headers } = incoming;
  const [host, port] = mirror.split(":");
  const onward = request({ host, port, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on("error", () => response.destroy());
  incoming.pipe(onward);
}
