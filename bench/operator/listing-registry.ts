import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Scope } from "../../e2e/support/at-end.ts";
import { atEnd } from "../../e2e/support/at-end.ts";
import { digestOf } from "../../src/oci/index.ts";
import type { Document, ListedImage } from "./listed-image.ts";

/** A registry that gives documents alone: whoever asks for a layer is told that there is none. Answers with its HOST:PORT. */
export async function startListingRegistry(
  scope: Scope,
  images: readonly ListedImage[],
): Promise<{ readonly address: string }> {
  const byName = new Map(images.map((image) => [image.repository, image.documents]));
  const server = createServer(({ url = "" }, response) => {
    if (url === "/v2/") return void response.end("{}");
    const [, name = "", which = ""] = /^\/v2\/(.+)\/(?:manifests|blobs)\/([^/]+)$/.exec(url) ?? [];
    const found = byName.get(name)?.get(which);
    if (found === undefined) response.writeHead(404).end();
    else give(response, found);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  atEnd(scope, async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function give(response: ServerResponse, { mediaType, bytes }: Document): void {
  const headers = { "Docker-Content-Digest": digestOf(bytes), "Content-Length": bytes.length };
  response.writeHead(200, { ...headers, "Content-Type": mediaType });
  // Of a HEAD, node:http leaves it out itself.
  response.end(bytes);
}
