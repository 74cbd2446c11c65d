import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Descriptor } from "./descriptor.ts";
import { imageClosure } from "./image-closure.ts";
import { createMemoryBlobStore } from "./memory-blob-store.ts";
import { anImage, anIndex, putImage } from "./testing/an-image.ts";

const digests = (descriptors: readonly Descriptor[]) => descriptors.map((one) => one.digest).sort();
const amd64 = anImage(["shared", "amd64"]);
const arm64 = anImage(["shared", "arm64"], { os: "linux", architecture: "arm64" });

describe("imageClosure", () => {
  it("is everything of an image, once each, documents first", async () => {
    const store = createMemoryBlobStore();
    const image = anImage(["a", "b", "a"]);
    await putImage(store, image);
    const { present, absent, complete } = await imageClosure(store, image.top);
    assert.deepEqual(digests(present), [...image.blobs.keys()].sort());
    assert.equal(present[0]?.digest, image.top.digest);
    assert.deepEqual(absent, []);
    assert.deepEqual(complete, [image.top]);
  });

  it("tells what is there of an index with one platform fetched", async () => {
    const store = createMemoryBlobStore();
    const both = anIndex([amd64, arm64]);
    await putImage(store, amd64);
    await store.put(both.top.digest, both.blobs.get(both.top.digest) ?? Buffer.alloc(0));
    const { present, absent, complete } = await imageClosure(store, both.top);
    assert.deepEqual(digests(present), [...amd64.blobs.keys(), both.top.digest].sort());
    assert.deepEqual(digests(absent), [arm64.top.digest]);
    assert.deepEqual(complete, [amd64.top]);
  });

  it("has no complete manifest while a layer is missing", async () => {
    const store = createMemoryBlobStore();
    await putImage(store, amd64);
    const [layer] = [...amd64.blobs.keys()].slice(1);
    assert.ok(layer !== undefined && (await store.remove(layer)));
    const { absent, complete } = await imageClosure(store, amd64.top);
    assert.deepEqual(digests(absent), [layer]);
    assert.deepEqual(complete, []);
  });

  it("is nothing but absent when its top is", async () => {
    const closure = await imageClosure(createMemoryBlobStore(), amd64.top);
    assert.deepEqual(closure, { present: [], absent: [amd64.top], complete: [] });
  });

  it("follows an index in an index, and no index in that", async () => {
    const store = createMemoryBlobStore();
    const two = anIndex([anIndex([amd64])]);
    const three = anIndex([two]);
    await putImage(store, three);
    assert.deepEqual((await imageClosure(store, two.top)).complete, [amd64.top]);
    await assert.rejects(imageClosure(store, three.top), {
      code: "MANIFEST_INVALID",
      message: /^could not read the index sha256:[0-9a-f]{64}: it stands below 2 other indexes$/,
    });
  });

  it("throws for a document whose size is not the one it was named with", async () => {
    const store = createMemoryBlobStore();
    await putImage(store, amd64);
    const lie = { ...amd64.top, size: amd64.top.size + 1 };
    await assert.rejects(imageClosure(store, lie), { code: "BLOB_CORRUPT" });
  });
});
