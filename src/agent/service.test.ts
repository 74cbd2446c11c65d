import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { type Client, credentials, Client as GrpcClient, status } from "@grpc/grpc-js";
import {
  type Address,
  connectDaemon,
  healthMethods,
  hostAndPort,
  methods,
  type ProgressEvent__Output,
  serverStream,
  unary,
} from "../api/index.ts";
import { createBlobStore, createImageLayouts } from "../oci/index.ts";
import { silentLog } from "../runtime/index.ts";
import { createBlobTransfers } from "./blob-transfers.ts";
import { createHandlers } from "./grpc-handlers.ts";
import { type GrpcServer, openGrpcServer } from "./grpc-server.ts";
import { isInternal } from "./grpc-status.ts";
import { createHealth } from "./health.ts";
import { createImageRecords } from "./image-record.ts";
import { createImages, type Images } from "./images.ts";
import { createService } from "./service.ts";
import { createSlots } from "./slots.ts";
import { anOrigin } from "./testing/an-origin.ts";

const image = "registry.example/app:1";
const noDigest = `sha256:${"0".repeat(64)}`;

describe("the gRPC service", () => {
  let directory: string;
  let images: Images;
  let server: GrpcServer;
  let client: Client;
  let address: Address & { kind: "tcp" };
  const source = anOrigin();
  const stored = source.push(image, ["base layer"]);
  const defects: unknown[] = [];

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "oci-torrent-service-"));
    for (const name of ["partial", "records", "oci"]) await mkdir(join(directory, name));
    const store = await createBlobStore(directory);
    const layouts = createImageLayouts({ root: join(directory, "oci"), blobs: store });
    const partialDirectory = join(directory, "partial");
    const blobs = createBlobTransfers({ store, partialDirectory, inSlot: createSlots(8) });
    images = createImages({
      store,
      layouts,
      blobs,
      trackers: [],
      records: createImageRecords(join(directory, "records"), (file) => assert.fail(file)),
      originFor: () => source.origin,
      moreRoom: async () => {},
      log: silentLog,
    });
    const handlers = createHandlers((_method, error) => {
      if (isInternal(error)) defects.push(error);
    });
    const service = {
      images,
      store,
      layouts,
      blobs,
      trackers: [],
      role: "puller",
      engine: "none",
    } as const;
    server = await openGrpcServer({
      listen: [{ kind: "tcp", host: "127.0.0.1", port: 0 }],
      service: createService(service, handlers),
      health: createHealth(handlers).handlers,
    });
    address = server.addresses[0] as typeof address;
    client = connectDaemon(address);
    await start(image);
  });
  after(async () => {
    client.close();
    await images.close();
    await server.close(1_000);
    await rm(directory, { recursive: true, force: true });
  });

  async function start(reference: string): Promise<ProgressEvent__Output[]> {
    const events: ProgressEvent__Output[] = [];
    const request = { reference, allPlatforms: true };
    for await (const event of serverStream(client, methods.StartDownload, request))
      events.push(event);
    return events;
  }

  async function drain(messages: AsyncIterable<unknown>): Promise<void> {
    for await (const _ of messages);
  }

  it("starts an image and tells how it went", async () => {
    const done = (await start(image)).at(-1);
    assert.equal(done?.step, "STEP_DONE");
    assert.equal(done?.totals?.localBytes, "base layer".length);
  });

  it("lists images and their layers", async () => {
    const { images: listed } = await unary(client, methods.ListImages, {});
    assert.deepEqual(
      listed.map(({ reference, digest, layers, state }) => ({ reference, digest, layers, state })),
      [{ reference: image, digest: stored.top.digest, layers: 1, state: "IMAGE_STATE_COMPLETE" }],
    );
    const {
      images: [found],
    } = await unary(client, methods.Status, { reference: image });
    assert.equal(found?.layers[0]?.state, "LAYER_STATE_COMPLETE");
    assert.equal(found?.layers[0]?.completedBytes, "base layer".length);
  });

  it("resolves an image that was started, and gives its documents in chunks", async () => {
    const resolved = await unary(client, methods.Resolve, { reference: image });
    assert.equal(resolved.digest, stored.top.digest);
    const chunks: Buffer[] = [];
    for await (const { data } of serverStream(client, methods.GetBlob, {
      digest: resolved.digest,
    })) {
      chunks.push(data);
    }
    assert.equal(Buffer.concat(chunks).length, stored.top.size);
  });

  it("waits for an image that is started while somebody asks for it", async () => {
    source.push("registry.example/late:1", ["late layer"]);
    const asking = unary(client, methods.Resolve, {
      reference: "registry.example/late:1",
      waitSeconds: 60,
    });
    await start("registry.example/late:1");
    assert.equal((await asking).reference, "registry.example/late:1");
  });

  it("explains an image, and one that was never started", async () => {
    const found = await unary(client, methods.Explain, { reference: image });
    assert.equal(found.findings[0]?.code, "Done");
    assert.equal(found.layers[0]?.layer?.digest, stored.layers[0]?.digest);
    assert.deepEqual(
      found.layers[0]?.findings.map(({ text }) => text),
      ["complete; BitTorrent is off here"],
    );
    const other = await unary(client, methods.Explain, { reference: "registry.example/other:1" });
    assert.equal(other.findings[0]?.code, "NotAssigned");
  });

  it("verifies what is stored", async () => {
    const results: string[] = [];
    for await (const { result } of serverStream(client, methods.Verify, { reference: image })) {
      results.push(result);
    }
    assert.deepEqual(results, ["VERIFY_RESULT_OK", "VERIFY_RESULT_OK", "VERIFY_RESULT_OK"]);
  });

  it("answers health checks", async () => {
    assert.deepEqual(await unary(client, healthMethods.Check, {}), { status: "SERVING" });
    await assert.rejects(unary(client, healthMethods.Check, { service: "other" }), {
      code: status.NOT_FOUND,
    });
  });

  const notHere =
    "no image registry.example/other:1 here: `oci-torrent-ctr list` shows what there is";
  const refused: Record<string, [() => Promise<unknown>, status, string | RegExp]> = {
    "an empty reference": [
      () => start(""),
      status.INVALID_ARGUMENT,
      /^reference: "" is not an image reference: /,
    ],
    "a reference of 1 MiB": [
      () => start("a".repeat(1024 * 1024)),
      status.INVALID_ARGUMENT,
      /^reference: .{1,400}$/,
    ],
    "a reference with capital letters": [
      () => start("registry.example/App"),
      status.INVALID_ARGUMENT,
      /^reference: "registry\.example\/App" is not an image reference: /,
    ],
    "a platform that is none": [
      () =>
        drain(
          serverStream(client, methods.StartDownload, {
            reference: image,
            platforms: [{ os: "linux", architecture: "amd64/v9/x" }],
          }),
        ),
      status.INVALID_ARGUMENT,
      /^platforms: /,
    ],
    "all platforms and some": [
      () =>
        drain(
          serverStream(client, methods.StartDownload, {
            reference: image,
            allPlatforms: true,
            platforms: [{ os: "linux", architecture: "amd64" }],
          }),
        ),
      status.INVALID_ARGUMENT,
      "platforms: all_platforms is set too: choose one of them",
    ],
    "to explain no image": [
      () => unary(client, methods.Explain, {}),
      status.INVALID_ARGUMENT,
      /^reference: "" is not an image reference: /,
    ],
    "a wait of a week": [
      () => unary(client, methods.Resolve, { reference: image, waitSeconds: 604_800 }),
      status.INVALID_ARGUMENT,
      "wait_seconds: 604800 is more than a day (86400)",
    ],
    "a digest of another algorithm": [
      () => drain(serverStream(client, methods.GetBlob, { digest: `md5:${"0".repeat(32)}` })),
      status.INVALID_ARGUMENT,
      /^digest: not a sha256 digest: "md5:0+"$/,
    ],
    "a layer asked for as a document": [
      () =>
        drain(serverStream(client, methods.GetBlob, { digest: stored.layers[0]?.digest ?? "" })),
      status.NOT_FOUND,
      /^no index, manifest or config sha256:/,
    ],
    "a layer of no image": [
      () => unary(client, methods.GetTorrent, { digest: noDigest }),
      status.NOT_FOUND,
      `no image here has a layer ${noDigest}: start its image first`,
    ],
    "a torrent while BitTorrent is off": [
      () => unary(client, methods.GetTorrent, { digest: stored.layers[0]?.digest ?? "" }),
      status.FAILED_PRECONDITION,
      /BitTorrent is off \(--disable-bt\)$/,
    ],
    "stopping what was never started": [
      () => unary(client, methods.StopDownload, { reference: "registry.example/other:1" }),
      status.NOT_FOUND,
      notHere,
    ],
    "removing what was never started": [
      () => unary(client, methods.RemoveImage, { reference: "registry.example/other:1" }),
      status.NOT_FOUND,
      notHere,
    ],
    "the status of what was never started": [
      () => unary(client, methods.Status, { reference: "registry.example/other:1" }),
      status.NOT_FOUND,
      notHere,
    ],
    "resolving what was never started": [
      () => unary(client, methods.Resolve, { reference: "registry.example/other:1" }),
      status.NOT_FOUND,
      "registry.example/other:1 was not started here: run `oci-torrent-ctr start` on this seeder",
    ],
    "exporting to a registry": [
      () => drain(serverStream(client, methods.Export, { reference: image, target: "docker://x" })),
      status.INVALID_ARGUMENT,
      'target: "docker://x" is not oci:DIR[:TAG] or oci-archive:FILE',
    ],
    "a tag that the registry does not have": [
      () => start("registry.example/app:9"),
      status.NOT_FOUND,
      "no registry.example/app:9 here",
    ],
    "a message of 5 MiB": [
      async () => {
        const careless = new GrpcClient(hostAndPort(address), credentials.createInsecure(), {
          "grpc.max_send_message_length": -1,
        });
        const request = { reference: "a".repeat(5 * 1024 * 1024) };
        await unary(careless, methods.Status, request).finally(() => careless.close());
      },
      status.RESOURCE_EXHAUSTED,
      /larger than max/,
    ],
    "a deadline that has passed": [
      () => unary(client, methods.ListImages, {}, { timeoutMs: -1 }),
      status.DEADLINE_EXCEEDED,
      /[Dd]eadline/,
    ],
  };
  for (const [what, [act, code, details]] of Object.entries(refused)) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(act, (error: Error & { code: status; details: string }) => {
        assert.equal(error.code, code);
        if (typeof details === "string") assert.equal(error.details, details);
        else assert.match(error.details, details);
        return true;
      });
    });
  }

  const strangers: Record<string, string | Buffer> = {
    "an HTTP/1.1 request": "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "a TLS client hello": Buffer.from("160301020001000001fc0303", "hex"),
    rubbish: Buffer.alloc(4096, 0xa5),
  };
  for (const [what, bytes] of Object.entries(strangers)) {
    it(`closes a connection that brings ${what}, and serves the others`, async () => {
      const socket = connect(address.port, address.host);
      socket.on("error", () => {});
      socket.resume();
      await once(socket, "connect");
      socket.write(bytes);
      await once(socket, "close");
      assert.equal((await unary(client, methods.ListImages, {})).images.length > 0, true);
    });
  }

  it("refuses 64 MiB that come as a small compressed message, and keeps its memory", async () => {
    const before = process.memoryUsage().rss;
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    assert.ok(bomb.length < 128 * 1024);
    assert.equal(await rawStatus(bomb), status.RESOURCE_EXHAUSTED);
    assert.ok(process.memoryUsage().rss - before < 48 * 1024 * 1024);
    const harmless = gzipSync(Buffer.from([10, image.length, ...Buffer.from(image)]));
    assert.equal(await rawStatus(harmless), status.OK);
  });

  it("refuses headers of 64 KiB", async () => {
    assert.notEqual(await rawStatus(Buffer.of(), { "x-long": "a".repeat(64 * 1024) }), status.OK);
    assert.equal(await rawStatus(Buffer.of(), { "x-short": "a".repeat(1024) }), status.OK);
  });

  /** The status of a Status call whose one message is these gzipped bytes; undefined when there is none. */
  async function rawStatus(gzipped: Buffer, headers = {}): Promise<number | undefined> {
    const session = connectHttp2(`http://${hostAndPort(address)}`);
    session.on("error", () => {});
    try {
      const request = session.request({
        ":method": "POST",
        ":path": methods.Status.path,
        "content-type": "application/grpc",
        "grpc-encoding": "gzip",
        te: "trailers",
        ...headers,
      });
      request.on("error", () => {});
      const found = Promise.withResolvers<number | undefined>();
      const look = (named: Record<string, unknown>) => {
        if (named["grpc-status"] !== undefined) found.resolve(Number(named["grpc-status"]));
      };
      request
        .on("response", look)
        .on("trailers", look)
        .on("close", () => found.resolve(undefined));
      request.resume();
      const prefix = Buffer.alloc(5);
      prefix.writeUInt8(gzipped.length === 0 ? 0 : 1);
      prefix.writeUInt32BE(gzipped.length, 1);
      request.end(Buffer.concat([prefix, gzipped]));
      return await found.promise;
    } finally {
      session.destroy();
    }
  }

  it("serves ninety watchers and a thousand calls over one connection", async () => {
    const watchers = Array.from({ length: 90 }, () =>
      serverStream(client, methods.WatchStatus, { reference: image }),
    );
    const first = await Promise.all(watchers.map((watcher) => watcher.next()));
    assert.ok(first.every(({ value }) => value?.images.length === 1));
    const calls = Array.from({ length: 1_000 }, () => unary(client, methods.ListImages, {}));
    const answers = await Promise.all(calls);
    assert.ok(answers.every(({ images: listed }) => listed.length > 0));
    await Promise.all(watchers.map((watcher) => watcher.return()));
  });

  it("frees a watcher that has gone", async () => {
    const watch = serverStream(client, methods.WatchStatus, { reference: image });
    assert.equal((await watch.next()).value?.images.length, 1);
    await watch.return();
    assert.deepEqual(defects, []);
  });
});
