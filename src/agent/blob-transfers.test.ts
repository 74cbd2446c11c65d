import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { Step } from "../api/index.ts";
import { createBlobStore, type Descriptor, digestOf, type FileBlobStore } from "../oci/index.ts";
import {
  type BlobTransfers,
  createBlobTransfers,
  type Fill,
  type LayerProgress,
  type Watcher,
} from "./blob-transfers.ts";
import type { LayerSink } from "./origin.ts";
import { createSlots } from "./slots.ts";

const content = Buffer.from("the bytes of a layer");
const blob: Descriptor = {
  mediaType: "application/vnd.oci.image.layer.v1.tar",
  digest: digestOf(content),
  size: content.length,
};
const never = new AbortController().signal;
const silent: Watcher = { step() {}, progress() {} };

/** A source whose end the test decides. */
function aSource() {
  const begun = Promise.withResolvers<{ sink: LayerSink; signal: AbortSignal }>();
  const end = Promise.withResolvers<void>();
  const fill: Fill = {
    source: "SOURCE_REGISTRY",
    async run(sink, signal) {
      begun.resolve({ sink, signal });
      signal.addEventListener("abort", () => end.reject(signal.reason), { once: true });
      await end.promise;
      await writeFile(sink.file, content);
      return { registryBytes: content.length, peerBytes: 0, resumedBytes: 0 };
    },
  };
  return { fill, begun: begun.promise, deliver: end.resolve, fail: end.reject };
}

const unused: Fill = { source: "SOURCE_REGISTRY", run: () => assert.fail("asked without need") };

describe("blob transfers", () => {
  let directory: string;
  let store: FileBlobStore;
  let blobs: BlobTransfers;
  const partials = () => readdir(join(directory, "partial"));

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "oci-torrent-blobs-"));
    await mkdir(join(directory, "partial"));
    store = await createBlobStore(directory);
    const partialDirectory = join(directory, "partial");
    blobs = createBlobTransfers({ store, partialDirectory, inSlot: createSlots(8) });
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it("bring a blob into the store, and its file is gone", async () => {
    const source = aSource();
    source.deliver();
    const obtained = await blobs.obtain(blob, source.fill, silent, never);
    assert.equal(obtained.source, "SOURCE_REGISTRY");
    assert.equal(obtained.delivery.registryBytes, content.length);
    assert.deepEqual(await store.read(blob.digest, 100), content);
    assert.deepEqual(await partials(), []);
  });

  it("ask nobody for a blob that is stored", async () => {
    await store.put(blob.digest, content);
    assert.equal((await blobs.obtain(blob, unused, silent, never)).source, "SOURCE_LOCAL");
  });

  it("make an empty blob out of nothing", async () => {
    const empty = { ...blob, digest: digestOf(new Uint8Array()), size: 0 };
    assert.equal((await blobs.obtain(empty, unused, silent, never)).source, "SOURCE_LOCAL");
    assert.equal((await store.stat(empty.digest))?.size, 0);
  });

  it("fetch once for two who want it, and tell the second the steps before it came", async () => {
    const source = aSource();
    const first = blobs.obtain(blob, source.fill, silent, never);
    const { sink } = await source.begun;
    sink.step("STEP_COPY_BLOB");
    const heard = Promise.withResolvers<Step>();
    const second = blobs.obtain(blob, unused, { ...silent, step: heard.resolve }, never);
    assert.equal(await heard.promise, "STEP_COPY_BLOB");
    source.deliver();
    assert.equal((await first).source, "SOURCE_REGISTRY");
    assert.equal((await second).source, "SOURCE_LOCAL");
  });

  it("go on when the first of two who want it has gone", async () => {
    const source = aSource();
    const leave = new AbortController();
    const first = blobs.obtain(blob, source.fill, silent, leave.signal);
    const { sink, signal } = await source.begun;
    sink.step("STEP_COPY_BLOB");
    const joined = Promise.withResolvers<Step>();
    const second = blobs.obtain(blob, unused, { ...silent, step: joined.resolve }, never);
    await joined.promise;
    leave.abort(new Error("stopped"));
    await assert.rejects(first, { message: "stopped" });
    assert.equal(signal.aborted, false);
    source.deliver();
    assert.equal((await second).source, "SOURCE_LOCAL");
  });

  it("end when the last who wants it has gone", async () => {
    const source = aSource();
    const leave = new AbortController();
    const only = blobs.obtain(blob, source.fill, silent, leave.signal);
    const { signal } = await source.begun;
    leave.abort(new Error("stopped"));
    await assert.rejects(only, { message: "stopped" });
    assert.equal(signal.aborted, true);
  });

  it("try the second's own source when that of the first fails", async () => {
    const broken = aSource();
    const first = blobs.obtain(blob, broken.fill, silent, never);
    const { sink } = await broken.begun;
    sink.step("STEP_COPY_BLOB");
    const good = aSource();
    good.deliver();
    const joined = Promise.withResolvers<Step>();
    const second = blobs.obtain(blob, good.fill, { ...silent, step: joined.resolve }, never);
    await joined.promise;
    broken.fail(new Error("no such repository"));
    await assert.rejects(first, { message: "no such repository" });
    assert.equal((await second).source, "SOURCE_REGISTRY");
  });

  it("say that a transfer stands still: its rate falls to nothing", async (t) => {
    t.mock.timers.enable({ apis: ["setInterval", "Date"] });
    const source = aSource();
    const rates: number[] = [];
    const watcher = {
      ...silent,
      progress: ({ bytesPerSecond }: LayerProgress) => rates.push(bytesPerSecond),
    };
    const transfer = blobs.obtain(blob, source.fill, watcher, never);
    const { sink } = await source.begun;
    sink.progress(0);
    t.mock.timers.tick(1_000);
    sink.progress(10);
    for (let second = 0; second < 5; second += 1) t.mock.timers.tick(1_000);
    assert.deepEqual(rates, [0, 10, 5, 0]);
    assert.equal(blobs.active(blob.digest)?.bytesPerSecond, 0);
    source.deliver();
    await transfer;
  });

  it("discard what an ended transfer left, and nothing of one that runs", async () => {
    await writeFile(join(directory, "partial", blob.digest.slice(7)), "half of it");
    const source = aSource();
    const leave = new AbortController();
    const transfer = blobs.obtain(blob, source.fill, silent, leave.signal);
    await source.begun;
    await blobs.discard(blob.digest);
    assert.equal((await partials()).length, 1);
    leave.abort(new Error("stopped"));
    await assert.rejects(transfer);
    await blobs.discard(blob.digest);
    assert.deepEqual(await partials(), []);
  });
});
