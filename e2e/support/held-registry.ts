// A registry of our own over one image's layout, which can hold back what it is asked for, and counts every byte that it gives.
import { once } from "node:events";
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { atEnd, type Scope } from "./at-end.ts";
import type { ImageRecord } from "./images.ts";

export type GivenBlob = {
  readonly digest: string;
  /** First byte asked for. */
  readonly from: number;
  /** Bytes of the body so far. */
  readonly bytes: number;
};

export type HeldRegistry = {
  /** HOST:PORT */
  readonly address: string;
  /** The GETs of blobs so far, in the order they came. */
  blobs(): readonly GivenBlob[];
  /** All that was given of the image's layers. */
  layerBytes(): number;
  /** From now on no manifest is given, and no byte of a layer from `fromByte` on. */
  hold(fromByte: number): void;
  /** Resolves when something waits that is held back: a manifest, or the rest of a layer. */
  held(what: "manifest" | "layer"): Promise<void>;
  releaseManifests(): void;
  releaseAll(): void;
};

/** A door that can be shut again. */
class Door {
  #open = Promise.withResolvers<void>();
  #waits = Promise.withResolvers<void>();
  constructor() {
    this.#open.resolve();
  }
  shut(): void {
    this.#open = Promise.withResolvers();
    this.#waits = Promise.withResolvers();
  }
  readonly open = (): void => this.#open.resolve();
  /** Resolves when somebody stands before it. */
  waits = (): Promise<void> => this.#waits.promise;
  async pass(): Promise<void> {
    this.#waits.resolve();
    await this.#open.promise;
  }
}

/** Serves any repository name with this one image. Ends with the test. */
export async function startHeldRegistry(scope: Scope, image: ImageRecord): Promise<HeldRegistry> {
  const doors = { manifest: new Door(), layer: new Door() };
  const given: { digest: string; from: number; bytes: number }[] = [];
  const layers = new Set(image.layers.map(({ digest }) => digest));
  let limit = Number.POSITIVE_INFINITY;
  const fileOf = (digest: string) => join(image.layout, "blobs", digest.replace(":", "/"));

  async function manifest(which: string, response: ServerResponse): Promise<void> {
    const digest = which.startsWith("sha256:") ? which : image.manifest.digest;
    if (which !== image.tag && digest !== which) return refuse(response);
    await doors.manifest.pass();
    const headers = {
      "Content-Type": image.manifest.mediaType,
      "Docker-Content-Digest": digest,
      "Content-Length": statSync(fileOf(digest)).size,
    };
    response.writeHead(200, headers);
    createReadStream(fileOf(digest)).pipe(response);
  }

  async function blob(digest: string, from: number, response: ServerResponse): Promise<void> {
    const { size } = statSync(fileOf(digest));
    const isPart = from > 0;
    const range = { "Content-Range": `bytes ${from}-${size - 1}/${size}` };
    response.writeHead(isPart ? 206 : 200, {
      "Content-Type": "application/octet-stream",
      "Content-Length": size - from,
      ...(isPart ? range : {}),
    });
    const count = { digest, from, bytes: 0 };
    given.push(count);
    for await (const chunk of createReadStream(fileOf(digest), { start: from })) {
      const part = chunk as Buffer;
      const free = layers.has(digest) ? Math.max(0, limit - from - count.bytes) : part.length;
      const first = part.subarray(0, free);
      count.bytes += first.length;
      if (first.length > 0 && !response.write(first)) await drained(response);
      if (first.length < part.length) {
        await doors.layer.pass();
        if (response.destroyed) return;
        count.bytes += part.length - first.length;
        response.write(part.subarray(first.length));
      }
      if (response.destroyed) return;
    }
    response.end();
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = "" } = request;
    if (url === "/v2/") return void response.end("{}");
    const [, kind, which = ""] = /\/(manifests|blobs)\/([^/]+)$/.exec(url) ?? [];
    if (kind === "manifests") return await manifest(which, response);
    if (kind !== "blobs" || !existsSync(fileOf(which))) return refuse(response);
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "bytes=0-")?.[1]);
    await blob(which, from, response);
  }

  const server = createServer((request, response) => {
    response.on("error", () => {});
    void answer(request, response).catch((error: Error) => response.destroy(error));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const releaseAll = () => {
    limit = Number.POSITIVE_INFINITY;
    for (const door of Object.values(doors)) door.open();
  };
  atEnd(scope, async () => {
    releaseAll();
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    blobs: () => given.map((count) => ({ ...count })),
    layerBytes: () =>
      given.reduce((sum, { digest, bytes }) => sum + (layers.has(digest) ? bytes : 0), 0),
    hold(fromByte) {
      limit = fromByte;
      for (const door of Object.values(doors)) door.shut();
    },
    held: (what) => doors[what].waits(),
    releaseManifests: doors.manifest.open,
    releaseAll,
  };
}

const refuse = (response: ServerResponse): void => {
  response.writeHead(404, { "Content-Length": 0 }).end();
};

async function drained(response: ServerResponse): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  response.once("drain", resolve).once("close", resolve);
  await promise;
  response.off("drain", resolve).off("close", resolve);
}
