import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Assign, Lease } from "../../api/index.ts";
import { controllerMessages } from "../../api/testing/index.ts";
import type { NamedDownloadOptions, NamedDownloadResult, Swarm } from "../../bt/index.ts";
import { digestOf, formatReference, OCI_INDEX, OCI_MANIFEST } from "../../oci/index.ts";
import { assignedImage } from "./assigned-image.ts";
import { createAssignedOrigin, createUnassignedOrigin } from "./assigned-origin.ts";
import { createLayerSources } from "./layer-sources.ts";
import { createLeaseBoard, placeOf } from "./lease-board.ts";

const { signal } = new AbortController();
const manifest = Buffer.from('{"schemaVersion":2}');
const config = Buffer.from('{"os":"linux"}');
const assign: Assign = {
  ...controllerMessages.assign,
  digest: digestOf(manifest),
  manifest,
  config,
};
const layer = { digest: digestOf(Buffer.from("x")), size: 1_000, mediaType: "layer" };
const lease: Lease = { ...controllerMessages.lease, digest: layer.digest };

describe("an assigned image", () => {
  it("is known by its name and the digest of what the name stands for", () => {
    const byManifest = assignedImage(assign);
    assert.equal(byManifest.top.mediaType, OCI_MANIFEST);
    assert.equal(
      formatReference(byManifest.reference),
      `docker.io/library/busybox:latest@${digestOf(manifest)}`,
    );
    const index = Buffer.from('{"mediaType":"application/x"}');
    const byIndex = assignedImage({ ...assign, index });
    assert.deepEqual(
      [byIndex.top.digest, byIndex.top.mediaType],
      [digestOf(index), "application/x"],
    );
    assert.equal(assignedImage({ ...assign, index: Buffer.from("{}") }).top.mediaType, OCI_INDEX);
  });

  it("is refused when its manifest is another than it says, or it has no name", () => {
    assert.throws(() => assignedImage({ ...assign, manifest: config }), { code: "BLOB_CORRUPT" });
    assert.throws(() => assignedImage({ ...assign, reference: "A B" }), {
      code: "REFERENCE_INVALID",
    });
  });
});

/** An engine whose downloads a test ends. */
function anEngine() {
  const downloads: {
    readonly options: NamedDownloadOptions;
    end(result: Partial<NamedDownloadResult>): void;
  }[] = [];
  let begun = Promise.withResolvers<void>();
  const swarm = {
    downloadNamed(_: unknown, __: string, options: NamedDownloadOptions, stop: AbortSignal) {
      const done = Promise.withResolvers<NamedDownloadResult>();
      stop.addEventListener("abort", () => done.reject(stop.reason), { once: true });
      const end = (result: Partial<NamedDownloadResult>) =>
        done.resolve({ resumedBytes: 0, peerBytes: 0, ...result } as NamedDownloadResult);
      downloads.push({ options, end });
      begun.resolve();
      begun = Promise.withResolvers();
      return done.promise;
    },
  } as unknown as Swarm;
  return { swarm, downloads, next: () => begun.promise };
}

describe("the origin of an assigned image", () => {
  function anOrigin() {
    const engine = anEngine();
    const leases = createLeaseBoard();
    const sources = createLayerSources();
    const given = new Map<string, Lease>();
    const origin = createAssignedOrigin(assignedImage(assign), {
      swarm: engine.swarm,
      trackers: () => ["http://tracker/announce"],
      lease: (digest) => given.get(digest),
      leases,
      sources,
      issuerHashes: async () => undefined,
      fetchUnder: () => ({ open: () => assert.fail("the engine is not there") }),
    });
    const told: number[] = [];
    const sink = { file: "/nowhere", step() {}, progress: (bytes: number) => told.push(bytes) };
    const request = { reference: assignedImage(assign).reference, layer, trackers: [] };
    return {
      ...engine,
      origin,
      leases,
      sources,
      given,
      told,
      bring: (stop = signal) => origin.layer(request, sink, stop),
    };
  }

  it("has the documents from the assignment, and no others", async () => {
    const { origin } = anOrigin();
    const { reference, top } = assignedImage(assign);
    assert.deepEqual((await origin.resolve(reference, () => {}, signal)).bytes, manifest);
    const descriptor = { ...top, digest: digestOf(config) };
    assert.deepEqual(await origin.document(reference, descriptor, signal), config);
    await assert.rejects(origin.document(reference, layer, signal), { code: "NOT_READY" });
  });

  it("takes a layer from peers alone without a lease", async () => {
    const { bring, downloads, told } = anOrigin();
    const done = bring();
    const [first] = downloads;
    assert.equal(first?.options.fallback, undefined);
    assert.deepEqual(first?.options.trackers, ["http://tracker/announce"]);
    first?.options.onProgress?.({
      completedBytes: 7,
      resumedBytes: 0,
      downloadBytesPerSecond: 0,
      peers: 1,
    });
    first?.end({ peerBytes: 1_000 });
    const { registryBytes, peerBytes } = await done;
    assert.deepEqual([registryBytes, peerBytes, told], [0, 1_000, [7]]);
  });

  it("goes on with what it has when the lease comes or goes meanwhile, and counts each byte once", async () => {
    const { bring, downloads, given, leases, sources, next } = anOrigin();
    const done = bring();
    downloads[0]?.options.onProgress?.({
      completedBytes: 300,
      resumedBytes: 100,
      downloadBytesPerSecond: 0,
      peers: 1,
    });
    given.set(layer.digest, lease);
    const second = next();
    leases.changed(layer.digest);
    await second;
    assert.ok(downloads[1]?.options.fallback);
    sources.fromRegistry(layer.digest, 500);
    given.delete(layer.digest);
    const third = next();
    leases.changed(layer.digest);
    await third;
    assert.equal(downloads[2]?.options.fallback, undefined);
    // 100 were here, 200 and then 200 came from peers, and 500 from the registry.
    downloads[2]?.end({ resumedBytes: 800, peerBytes: 200 });
    const { registryBytes, peerBytes, resumedBytes } = await done;
    assert.deepEqual([registryBytes, peerBytes, resumedBytes], [500, 400, 100]);
    assert.deepEqual(sources.of(layer.digest, 1_000, assign.digest), {
      registryBytes: 500,
      peerBytes: 400,
      localBytes: 100,
    });
  });

  it("ends when nobody wants the layer any more", async () => {
    const { bring, downloads } = anOrigin();
    const stop = new AbortController();
    const done = bring(stop.signal);
    stop.abort(new Error("stopped"));
    await assert.rejects(done, /stopped/);
    assert.equal(downloads.length, 1);
  });

  it("of an image that nobody assigned gives nothing, and says what to do", async () => {
    const { reference, top } = assignedImage(assign);
    const origin = createUnassignedOrigin("a/b:1");
    await assert.rejects(
      origin.resolve(reference, () => {}, signal),
      /a\/b:1 is not assigned to this node/,
    );
    await assert.rejects(origin.document(reference, top, signal), { code: "IMAGE_UNKNOWN" });
  });
});

describe("a lease's repository", () => {
  it("is a registry and a path", () => {
    assert.deepEqual(placeOf(lease), { host: "registry.example:5000", path: "team/app" });
  });
});
