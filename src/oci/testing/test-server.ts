import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Certificate } from "./certificates.ts";

/** As much of node:test's TestContext as a server needs: it ends when the test does. */
export type Scope = { after(end: () => Promise<void>): void };

/** A request as a test looks at it afterwards. */
export type SeenRequest = {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
};

export type TestServer = {
  /** Its origin; `host` is 127.0.0.1 and a port. */
  readonly url: URL;
  readonly host: string;
  readonly requests: SeenRequest[];
};

/** A server on loopback, any free port, that remembers what it was asked. */
export async function startTestServer(
  scope: Scope,
  handle: (request: SeenRequest, response: ServerResponse, raw: IncomingMessage) => void,
  tls?: Certificate,
): Promise<TestServer> {
  const requests: SeenRequest[] = [];
  let origin = new URL("http://127.0.0.1");
  const listener: RequestListener = (raw, response) => {
    const request = {
      method: raw.method ?? "",
      url: new URL(raw.url ?? "/", origin),
      headers: raw.headers,
    };
    requests.push(request);
    handle(request, response, raw);
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  origin = new URL(`${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`);
  scope.after(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  return { url: origin, host: origin.host, requests };
}

/** Another origin, on which no credential may ever arrive. Answers 404, or as told. */
export async function startCanary(
  scope: Scope,
  handle: (request: SeenRequest, response: ServerResponse) => void = (_, response) =>
    response.writeHead(404).end(),
): Promise<TestServer & { readonly secretsSeen: () => readonly string[] }> {
  const server = await startTestServer(scope, handle);
  const secret = /^(?:authorization|cookie|proxy-.*)$/;
  return {
    ...server,
    secretsSeen: () =>
      server.requests.flatMap(({ headers }) =>
        Object.keys(headers).filter((name) => secret.test(name)),
      ),
  };
}
