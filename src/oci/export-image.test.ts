import assert from "node:assert/strict";
import { createWriteStream, existsSync } from "node:fs";
import { readdir, truncate } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PassThrough, Readable, Writable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { describe, it } from "node:test";
import { exportArchive, exportLayout } from "./export-image.ts";
import { importArchive } from "./import-archive.ts";
import { importLayout } from "./import-layout.ts";
import { aFileBlobStore } from "./testing/a-file-blob-store.ts";
import { aTar } from "./testing/a-tar.ts";
import { anImage, anIndex, putImage } from "./testing/an-image.ts";
import { archiveEntries, pieces, sizeOf } from "./testing/archive-entries.ts";
import { drained } from "./testing/blob-store-contract.ts";
import { temporaryDirectory } from "./testing/temporary-directory.ts";
import type { BlobProgress } from "./verified-copy.ts";

const signal = new AbortController().signal;
const one = anImage(["shared", "one"]);
const arm64 = anImage(["shared", "arm64"], { os: "linux", architecture: "arm64" });
const both = anIndex([one, arm64]);
const [someDigest = one.top.digest, someBytes = Buffer.alloc(0)] = [...one.blobs][0] ?? [];

describe("export and import", () => {
  it("of a layout give the same image", async (test) => {
    const from = await aFileBlobStore(test);
    await putImage(from, both);
    const directory = join(await temporaryDirectory(test), "out");
    const seen: BlobProgress[] = [];
    const onProgress = (progress: BlobProgress) => seen.push(progress);
    await exportLayout(directory, {
      blobs: from,
      descriptor: both.top,
      name: "v1",
      signal,
      onProgress,
    });
    const to = await aFileBlobStore(test);
    const image = await importLayout(directory, { blobs: to, signal });
    assert.deepEqual(image.descriptor, both.top);
    assert.equal(image.name, "v1");
    assert.deepEqual([...image.digests].sort(), [...both.blobs.keys()].sort());
    for (const [digest, bytes] of both.blobs)
      assert.deepEqual(await to.read(digest, 10_000), bytes);
    const finished = seen.filter((progress) => progress.doneBytes === progress.size);
    assert.equal(finished.length, both.blobs.size);
    assert.deepEqual((await readdir(directory)).sort(), ["blobs", "index.json", "oci-layout"]);
  });

  it("of an archive give the same image, always in the same bytes", async (test) => {
    const from = await aFileBlobStore(test);
    await putImage(from, both);
    const archive = async () => {
      const sink = new PassThrough();
      const bytes = buffer(sink);
      await exportArchive(sink, { blobs: from, descriptor: both.top, name: "v1", signal });
      return await bytes;
    };
    const bytes = await archive();
    assert.deepEqual(await archive(), bytes);
    const blobs = await aFileBlobStore(test);
    const source = Readable.from(pieces(bytes, 1_000), { objectMode: false });
    const image = await importArchive(source, { blobs, signal });
    assert.deepEqual(image.descriptor, both.top);
    assert.deepEqual(
      (await drained(blobs.list())).map((blob) => blob.digest).sort(),
      [...both.blobs.keys()].sort(),
    );
  });

  it("take the platforms that are there", async (test) => {
    const from = await aFileBlobStore(test);
    const here = new Map([...both.blobs].filter(([digest]) => digest !== arm64.top.digest));
    await putImage(from, { top: both.top, blobs: here });
    const directory = join(await temporaryDirectory(test), "out");
    await exportLayout(directory, { blobs: from, descriptor: both.top, signal });
    const image = await importLayout(directory, { blobs: await aFileBlobStore(test), signal });
    assert.equal(image.name, undefined);
    assert.deepEqual([...image.digests].sort(), [...one.blobs.keys(), both.top.digest].sort());
  });

  it("put an image beside the others of a layout, or in the place of its namesake", async (test) => {
    const blobs = await aFileBlobStore(test);
    await putImage(blobs, both);
    const directory = join(await temporaryDirectory(test), "out");
    for (const [name, descriptor] of [
      ["v1", both.top],
      ["v2", arm64.top],
      ["v1", one.top],
    ] as const) {
      await exportLayout(directory, { blobs, descriptor, name, signal });
    }
    await exportLayout(directory, { blobs, descriptor: both.top, signal });
    await exportLayout(directory, { blobs, descriptor: both.top, signal });
    const take = async (name: string) =>
      (await importLayout(directory, { blobs, signal, name })).descriptor;
    assert.deepEqual(await take("v1"), one.top);
    assert.deepEqual(await take("v2"), arm64.top);
    assert.deepEqual(await take(both.top.digest), both.top);
    await assert.rejects(importLayout(directory, { blobs, signal }), {
      code: "ARCHIVE_INVALID",
      message: `could not read the layout ${directory}: say which of its images to take: "v2", "v1", "${both.top.digest}"`,
    });
    await assert.rejects(take("v3"), {
      code: "ARCHIVE_INVALID",
      message: `could not read the layout ${directory}: it does not hold "v3", but "v2", "v1", "${both.top.digest}"`,
    });
  });

  it("do not export what the store lacks", async (test) => {
    const blobs = await aFileBlobStore(test);
    const directory = join(await temporaryDirectory(test), "out");
    await assert.rejects(exportLayout(directory, { blobs, descriptor: one.top, signal }), {
      code: "BLOB_MISSING",
      message: `could not export the image: the store lacks ${one.top.digest}`,
    });
    assert.equal(existsSync(directory), false);
  });

  it("do not export a corrupt layer", async (test) => {
    const blobs = await aFileBlobStore(test);
    await putImage(blobs, one);
    await truncate(blobs.path(someDigest), 3);
    const options = { blobs, descriptor: one.top, signal };
    const corrupt = {
      code: "BLOB_CORRUPT",
      message: `what was given as ${someDigest} has 3 bytes instead of ${someBytes.length}`,
    };
    const directory = join(await temporaryDirectory(test), "out");
    await assert.rejects(exportLayout(directory, options), corrupt);
    assert.equal(existsSync(join(directory, "index.json")), false);
    await assert.rejects(exportArchive(new PassThrough().resume(), options), corrupt);
  });

  it("say that the sink failed", async (test) => {
    const blobs = await aFileBlobStore(test);
    await putImage(blobs, one);
    const full = new Writable({ write: (_chunk, _encoding, done) => done(new Error("no space")) });
    await assert.rejects(exportArchive(full, { blobs, descriptor: one.top, signal }), {
      message: "no space",
    });
  });

  it("stop when they are told to", async (test) => {
    const blobs = await aFileBlobStore(test);
    const big = anImage(["x".repeat(3_000_000)]);
    await putImage(blobs, big);
    const directory = await temporaryDirectory(test);
    const stopping = () => {
      const controller = new AbortController();
      const onProgress = ({ doneBytes }: BlobProgress) => doneBytes > 10_000 && controller.abort();
      return { blobs, descriptor: big.top, signal: controller.signal, onProgress };
    };
    const aborted = { name: "AbortError" };
    await assert.rejects(exportLayout(join(directory, "out"), stopping()), aborted);
    await assert.rejects(
      exportArchive(createWriteStream(join(directory, "out.tar")), stopping()),
      aborted,
    );
    const never = new Writable({ write: () => {} });
    const stopped = AbortSignal.abort();
    await assert.rejects(
      exportArchive(never, { blobs, descriptor: big.top, signal: stopped }),
      aborted,
    );
    const layerFirst = [...archiveEntries(big)].sort((a, b) => sizeOf(b) - sizeOf(a));
    const archive = Readable.from(pieces(await aTar(layerFirst), 65_536), {
      objectMode: false,
    });
    const other = await aFileBlobStore(test);
    await assert.rejects(importArchive(archive, { ...stopping(), blobs: other }), aborted);
    assert.deepEqual(await drained(other.list()), []);
    assert.deepEqual(await readdir(dirname(other.path(someDigest))), []);
  });
});
