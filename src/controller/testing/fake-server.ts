import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { json } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import type { ApiRequest } from "../kube/api-access.ts";
import type { FakeApi } from "./fake-api.ts";

/** As much of node:test's TestContext as a server needs: it ends when the test does. */
export type Scope = { after(end: () => Promise<void>): void };

export type FakeServer = {
  readonly url: string;
  /** Each request's Authorization header, in order. */
  readonly authorizations: (string | undefined)[];
  /** Connections that were opened since the start. */
  connections(): number;
  /** Breaks all connections. */
  breakConnections(): void;
};

/** A fake API on loopback, any free port, over plain HTTP. A wrong token is answered 401. */
export async function startFakeServer(
  scope: Scope,
  api: FakeApi,
  isGoodToken: (authorization: string | undefined) => boolean = () => true,
): Promise<FakeServer> {
  const authorizations: (string | undefined)[] = [];
  const server = createServer((incoming, response) => {
    const { authorization } = incoming.headers;
    authorizations.push(authorization);
    if (isGoodToken(authorization)) {
      serve(api, incoming, response).catch(() => response.destroy());
    } else {
      response.writeHead(401).end('{"code":401,"reason":"Unauthorized","message":"token"}');
    }
  });
  let connections = 0;
  server.on("connection", () => {
    connections += 1;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  scope.after(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    authorizations,
    connections: () => connections,
    breakConnections: () => server.closeAllConnections(),
  };
}

async function serve(
  api: FakeApi,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.on("close", () => gone.abort(new Error("the client went away")));
  const reply = await api.send(await requestOf(incoming), gone.signal);
  response.writeHead(reply.status, reply.headers);
  response.flushHeaders();
  await pipeline(Readable.from(reply.body), response, { signal: gone.signal });
}

async function requestOf(incoming: IncomingMessage): Promise<ApiRequest> {
  const { pathname, searchParams } = new URL(incoming.url ?? "/", "http://127.0.0.1");
  const contentType = incoming.headers["content-type"];
  return {
    method: incoming.method as ApiRequest["method"],
    path: pathname,
    query: Object.fromEntries(searchParams),
    ...(contentType !== undefined && { contentType, body: await json(incoming) }),
  };
}
