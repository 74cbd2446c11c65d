import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, it } from "node:test";
import { status } from "@grpc/grpc-js";
import type { Address, OciTorrentHandlers } from "../api/index.ts";
import { type Descriptor, digestOf, OCI_MANIFEST, parseReference } from "../oci/index.ts";
import { createHandlers } from "./grpc-handlers.ts";
import { type GrpcServer, openGrpcServer } from "./grpc-server.ts";
import { isInternal } from "./grpc-status.ts";
import { createHealth } from "./health.ts";
import { createSeeders, type Seeders } from "./seeders.ts";

const reference = parseReference("registry.example/app:1");
const content = Buffer.from("a manifest");
const manifest: Descriptor = {
  mediaType: OCI_MANIFEST,
  digest: digestOf(content),
  size: content.length,
};
const never = new AbortController().signal;
const everyPlatform = { kind: "all" } as const;
const handlers = createHandlers((method, error) => {
  if (isInternal(error)) assert.fail(`${method}: ${error}`);
});

/** A seeder that knows one image, unless told otherwise. */
function aSeeder(changes: Partial<OciTorrentHandlers> = {}): OciTorrentHandlers {
  const unused = () => assert.fail("not asked for here");
  return {
    Resolve: handlers.unary(() => ({ ...manifest, trackers: ["http://t/announce"] })),
    GetBlob: handlers.stream(async function* () {
      yield { data: content.subarray(0, 4) };
      yield { data: content.subarray(4) };
    }),
    WatchTorrent: handlers.stream(async function* () {
      yield { fetchedBytes: 5, totalBytes: 10 };
      yield { fetchedBytes: 10, totalBytes: 10, metainfo: Buffer.from("d4:infoe") };
    }),
    GetVersion: unused,
    GetTorrent: unused,
    ListImages: unused,
    RemoveImage: unused,
    Status: unused,
    StopDownload: unused,
    Explain: unused,
    Export: unused,
    Import: unused,
    StartDownload: unused,
    Verify: unused,
    WatchStatus: unused,
    ...changes,
  };
}

describe("seeders", () => {
  const servers: GrpcServer[] = [];
  const holes: Server[] = [];
  const silent: Socket[] = [];
  let seeders: Seeders | undefined;

  async function listen(service: OciTorrentHandlers, port = 0): Promise<Address> {
    const server = await openGrpcServer({
      listen: [{ kind: "tcp", host: "127.0.0.1", port }],
      service,
      health: createHealth(handlers).handlers,
    });
    servers.push(server);
    return server.addresses[0] as Address;
  }

  /** Takes connections and never says a word. */
  async function aBlackHole(): Promise<Address> {
    const hole = createServer((socket) => {
      socket.on("error", () => {});
      silent.push(socket);
    });
    hole.listen(0, "127.0.0.1");
    await once(hole, "listening");
    holes.push(hole);
    const address = hole.address();
    assert.ok(typeof address === "object" && address !== null);
    return { kind: "tcp", host: "127.0.0.1", port: address.port };
  }

  const ask = (...addresses: Address[]) => {
    seeders = createSeeders(addresses, 5_000);
    return seeders;
  };
  const nobody: Address = { kind: "tcp", host: "127.0.0.1", port: 1 };

  afterEach(async () => {
    seeders?.close();
    await Promise.all(servers.splice(0).map((server) => server.close(0)));
    for (const socket of silent.splice(0)) socket.destroy();
    for (const hole of holes.splice(0)) hole.close();
  });

  it("tell what a reference is", async () => {
    const found = await ask(await listen(aSeeder())).resolve(
      reference,
      everyPlatform,
      1_000,
      never,
    );
    assert.equal(found.digest, manifest.digest);
    assert.deepEqual(found.trackers, ["http://t/announce"]);
  });

  for (const [what, dead] of Object.entries({
    "does not listen": async () => nobody,
    "never says a word": aBlackHole,
  })) {
    it(`answer although the first of them ${what}`, async () => {
      const all = ask(await dead(), await listen(aSeeder()));
      assert.equal(
        (await all.resolve(reference, everyPlatform, 30_000, never)).digest,
        manifest.digest,
      );
      assert.deepEqual(Buffer.from(await all.document(manifest, never)), content);
    });
  }

  it("answer although the first of them does not know the image", async () => {
    const ignorant = aSeeder({
      Resolve: (_call, callback) =>
        callback({ code: status.NOT_FOUND, details: "it was not started here" }),
      GetBlob: (call) =>
        call.emit("error", { code: status.NOT_FOUND, details: "no such document here" }),
    });
    const all = ask(await listen(ignorant), await listen(aSeeder()));
    assert.equal(
      (await all.resolve(reference, everyPlatform, 30_000, never)).digest,
      manifest.digest,
    );
    assert.deepEqual(Buffer.from(await all.document(manifest, never)), content);
  });

  it("say what the seeder said when none knows the image", async () => {
    const address = await listen(
      aSeeder({
        Resolve: (_call, callback) =>
          callback({ code: status.NOT_FOUND, details: "it was not started here" }),
      }),
    );
    await assert.rejects(ask(address).resolve(reference, everyPlatform, 100, never), {
      code: "IMAGE_UNKNOWN",
      message: /^could not find registry\.example\/app:1 at tcp:\S+: it was not started here$/,
    });
  });

  it("say where nobody answers", async () => {
    await assert.rejects(ask(nobody).resolve(reference, everyPlatform, 0, never), {
      code: "SEEDER_UNAVAILABLE",
      message:
        "could not find registry.example/app:1: no seeder answers at tcp://127.0.0.1:1: " +
        "start oci-torrentd there or correct --seeder-addr",
    });
  });

  it("are waited for while they start", async () => {
    const [first] = [await listen(aSeeder())];
    assert.ok(first.kind === "tcp");
    await servers.pop()?.close(0);
    const asking = ask(first).resolve(reference, everyPlatform, 60_000, never);
    await listen(aSeeder(), first.port);
    assert.equal((await asking).digest, manifest.digest);
  });

  it("give the metainfo when the layer is complete, and tell how far it is before", async () => {
    const heard: number[] = [];
    const all = ask(await listen(aSeeder()));
    const bytes = await all.metainfo(manifest, (fetched) => heard.push(fetched), never);
    assert.equal(Buffer.from(bytes).toString(), "d4:infoe");
    assert.deepEqual(heard, [5]);
  });

  it("give the torrent of a layer that one of them has whole, and nothing when none has", async () => {
    const fetching = aSeeder({
      GetTorrent: (_call, callback) =>
        callback({ code: status.FAILED_PRECONDITION, details: "it is made when it is complete" }),
    });
    const whole = aSeeder({ GetTorrent: handlers.unary(() => ({ metainfo: Buffer.from("d") })) });
    const some = ask(await listen(fetching), await listen(whole));
    assert.equal(Buffer.from((await some.metainfoNow(manifest, never)) ?? []).toString(), "d");
    some.close();
    assert.equal(await ask(await listen(fetching)).metainfoNow(manifest, never), undefined);
  });

  it("give the piece hashes so far", async () => {
    const hashes = Buffer.alloc(40, 7);
    const fetching = aSeeder({
      WatchTorrent: handlers.stream(async function* ({ withHashes }) {
        yield { fetchedBytes: 5, totalBytes: 10, hashes: withHashes ? hashes : Buffer.of() };
      }),
    });
    const found = await ask(nobody, await listen(fetching)).hashes(manifest, never);
    assert.deepEqual(Buffer.from(found ?? []), hashes);
  });

  it("are left when the caller aborts", async () => {
    const leave = new AbortController();
    const asking = ask(await aBlackHole()).resolve(reference, everyPlatform, 60_000, leave.signal);
    leave.abort(new Error("left"));
    await assert.rejects(asking, { message: "left" });
  });

  it("refuse a document that never ends", async () => {
    const chunk = { data: Buffer.alloc(64 * 1024) };
    const endless = aSeeder({
      GetBlob: handlers.stream(async function* () {
        while (true) yield chunk;
      }),
    });
    await assert.rejects(ask(await listen(endless)).document(manifest, never), {
      code: "IMAGE_UNKNOWN",
      message: /sends more than 8388608 bytes/,
    });
  });
});
