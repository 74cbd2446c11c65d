// Serves one image on a port of loopback, as the agent's mirror or as the least that Node can do; says where as a line of JSON.
//   node bench/mirror/serve.ts (mirror | raw) FILE, where FILE has an ImageRecord as JSON
import { once } from "node:events";
import { createReadStream, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pipeline } from "node:stream";
import { loadable } from "../../e2e/node/image-mirror.ts";
import type { ImageRecord } from "../../e2e/support/images.ts";
import { createMirror, createMirrorPasses } from "../../src/agent/index.ts";
import { type Served, servedPath } from "./served.ts";

const READ_BYTES = 256 * 1024;

const [kind, file = ""] = process.argv.slice(2);
const image = JSON.parse(readFileSync(file, "utf8")) as ImageRecord;
const served = kind === "mirror" ? await serveMirror(image) : await serveRaw(image);
console.log(JSON.stringify(served));

async function serveMirror(record: ImageRecord): Promise<Served> {
  const passes = createMirrorPasses(() => performance.now());
  const listen = { host: "127.0.0.1", port: 0 };
  const mirror = await createMirror({ listen, source: passes.gate, onAccess: () => {} });
  const { username, password } = passes.issue(await loadable(record));
  return { port: mirror.port, authorization: `Basic ${btoa(`${username}:${password}`)}` };
}

async function serveRaw({ layout, manifest, layers }: ImageRecord): Promise<Served> {
  const pathOf = (digest: string) => join(layout, "blobs", digest.replace(":", "/"));
  const bytes = readFileSync(pathOf(manifest.digest));
  const manifestPath = servedPath("manifests", manifest.digest);
  const server = createServer((request, response) => {
    if (request.url === manifestPath) {
      response.writeHead(200, {
        "Content-Type": manifest.mediaType,
        "Content-Length": bytes.length,
      });
      response.end(request.method === "HEAD" ? undefined : bytes);
      return;
    }
    const path = pathOf(layers[0]?.digest ?? "");
    response.writeHead(200, { "Content-Length": statSync(path).size });
    pipeline(createReadStream(path, { highWaterMark: READ_BYTES }), response, () => {});
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, authorization: "none" };
}
