import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, it, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { importArchive } from "./import-archive.ts";
import type { ImportOptions } from "./imported-image.ts";
import { renderLayoutIndex } from "./layout-index.ts";
import { parseReference } from "./reference.ts";
import { aFileBlobStore } from "./testing/a-file-blob-store.ts";
import { aTar, type TestTarEntry } from "./testing/a-tar.ts";
import { anImage, anIndex } from "./testing/an-image.ts";
import { archiveEntries, blobName, pieces, sizeOf } from "./testing/archive-entries.ts";
import { drained } from "./testing/blob-store-contract.ts";

const signal = new AbortController().signal;
const one = anImage(["shared", "one"]);
const arm64 = anImage(["shared", "arm64"], { os: "linux", architecture: "arm64" });
const [someDigest = one.top.digest, someBytes = Buffer.alloc(0)] = [...one.blobs][0] ?? [];

const without = (entries: readonly TestTarEntry[], name: string) =>
  entries.filter((entry) => entry.name !== name);
const replaced = (entries: readonly TestTarEntry[], name: string, content: string | Buffer) =>
  entries.map((entry) => (entry.name === name ? { name, content } : entry));
async function takeArchive(
  test: TestContext,
  bytes: Uint8Array,
  options: Partial<ImportOptions> = {},
) {
  const blobs = await aFileBlobStore(test);
  // Pieces of odd size, so that no header lies in one piece by chance.
  const source = Readable.from(pieces(bytes, 1_000), { objectMode: false });
  return { blobs, image: await importArchive(source, { blobs, signal, ...options }) };
}

describe("importArchive", () => {
  const good: Readonly<Record<string, readonly TestTarEntry[]>> = {
    "an archive with the index last": archiveEntries(one),
    "an archive with the index first": [...archiveEntries(one)].reverse(),
    "names that begin with ./": archiveEntries(one).map((entry) => ({
      ...entry,
      name: `./${entry.name}`,
    })),
    "directories, and files that it does not know": [
      { name: "blobs/", type: "directory" },
      { name: "./", type: "directory" },
      { name: "README", content: "hello" },
      { name: "manifest.json", content: "[]" },
      ...archiveEntries(one),
    ],
    "a blob twice": [...archiveEntries(one), ...archiveEntries(one).slice(0, 1)],
  };
  for (const [what, entries] of Object.entries(good)) {
    it(`takes ${what}`, async (test) => {
      const { image, blobs } = await takeArchive(test, await aTar(entries));
      assert.deepEqual(image.descriptor, one.top);
      assert.equal((await drained(blobs.list())).length, one.blobs.size);
    });
  }

  it("takes an archive packed with gzip", async (test) => {
    const { image } = await takeArchive(test, gzipSync(await aTar(archiveEntries(one))));
    assert.deepEqual(image.descriptor, one.top);
  });

  it("takes an image by its tag or reference in our own layout", async (test) => {
    const reference = parseReference("busybox:1");
    const index = renderLayoutIndex([
      { descriptor: one.top, reference },
      { descriptor: arm64.top, reference: parseReference("busybox:2") },
    ]);
    const entries = [
      ...replaced(archiveEntries(one), "index.json", index),
      ...archiveEntries(arm64).slice(0, -2),
    ];
    for (const name of ["1", "busybox:1", "docker.io/library/busybox:1"]) {
      const { image } = await takeArchive(test, await aTar(entries), { name });
      assert.deepEqual(image.descriptor, one.top);
      assert.deepEqual(image.reference, reference);
    }
  });

  const missing = blobName(someDigest);
  const bad: Readonly<Record<string, readonly [readonly TestTarEntry[], string]>> = {
    "a path that leads out": [[{ name: "../evil", content: "x" }], '"../evil" leads out of it'],
    "a path that leads out further in": [
      [{ name: "blobs/../../evil" }],
      '"blobs/../../evil" leads out of it',
    ],
    "an absolute path": [[{ name: "/etc/passwd" }], '"/etc/passwd" leads out of it'],
    "a symbolic link": [
      [{ name: "index.json", type: "symlink", linkname: "/etc/passwd" }],
      '"index.json" is neither a file nor a directory',
    ],
    "a hard link": [
      [{ name: missing, type: "link", linkname: "x" }],
      `"${missing}" is neither a file nor a directory`,
    ],
    "a device": [
      [{ name: "null", type: "character-device" }],
      '"null" is neither a file nor a directory',
    ],
    "a pipe": [[{ name: "pipe", type: "fifo" }], '"pipe" is neither a file nor a directory'],
    "an archive without mark": [
      without(archiveEntries(one), "oci-layout"),
      "it has no file oci-layout",
    ],
    "a mark that is no JSON": [
      replaced(archiveEntries(one), "oci-layout", "x"),
      "of its file oci-layout, it is not JSON",
    ],
    "a mark of another version": [
      replaced(archiveEntries(one), "oci-layout", '{"imageLayoutVersion":"2.0.0"}'),
      "its file oci-layout does not say version 1",
    ],
    "an archive without index": [
      without(archiveEntries(one), "index.json"),
      "it has no file index.json",
    ],
    "two indexes": [
      [...archiveEntries(one), { name: "./index.json", content: "{}" }],
      "it holds index.json twice",
    ],
    "an index of 5 MiB": [
      [{ name: "index.json", content: Buffer.alloc(5_242_880, " ") }],
      "index.json has 5242880 bytes, more than 4194304",
    ],
    "an archive of docker": [
      [{ name: "manifest.json", content: "[]" }],
      "it is one of docker; make an oci-archive of it with skopeo copy",
    ],
    "an archive of docker with links": [
      [{ name: "0123/layer.tar", type: "symlink", linkname: "../4567/layer.tar" }],
      "it is one of docker; make an oci-archive of it with skopeo copy",
    ],
    "no entries": [[], "it has no file oci-layout"],
    "an index of nothing": [
      replaced(archiveEntries(one), "index.json", renderLayoutIndex([])),
      "it holds no image",
    ],
    "one name for two images": [
      replaced(
        archiveEntries(one),
        "index.json",
        renderLayoutIndex([
          { descriptor: one.top, name: "v1" },
          { descriptor: arm64.top, name: "v1" },
        ]),
      ),
      'it holds "v1" more than once',
    ],
    "what is no image": [
      replaced(
        archiveEntries(one),
        "index.json",
        renderLayoutIndex([{ descriptor: { ...one.top, mediaType: "text/plain" }, name: "v1" }]),
      ),
      '"text/plain" is neither an index nor a manifest',
    ],
    "an image without its layer": [without(archiveEntries(one), missing), `it lacks ${someDigest}`],
    "an image without its manifest": [
      without(archiveEntries(one), blobName(one.top.digest)),
      `it lacks ${one.top.digest}`,
    ],
    "an empty index": [archiveEntries(anIndex([])), "its index is empty"],
  };
  for (const [what, [entries, why]] of Object.entries(bad)) {
    it(`refuses ${what}`, async (test) => {
      const message = `could not read the archive: ${why}`;
      const name = what.startsWith("one name") ? "v1" : undefined;
      const taken = takeArchive(test, await aTar(entries), { name });
      await assert.rejects(taken, { code: "ARCHIVE_INVALID", message });
    });
  }

  it("refuses a blob of another digest", async (test) => {
    const wrong = Buffer.from(someBytes).fill("x");
    const bytes = await aTar(replaced(archiveEntries(one), missing, wrong));
    await assert.rejects(takeArchive(test, bytes), {
      code: "BLOB_CORRUPT",
      message: new RegExp(`^what was given as ${someDigest} has the digest sha256:[0-9a-f]{64}$`),
    });
  });

  it("refuses a manifest that cannot be read", async (test) => {
    const lie = { ...one.top, size: one.top.size + 1 };
    const index = renderLayoutIndex([{ descriptor: lie }]);
    const bytes = await aTar(replaced(archiveEntries(one), "index.json", index));
    await assert.rejects(takeArchive(test, bytes), { code: "BLOB_CORRUPT" });
  });

  it("refuses more than it may take", async (test) => {
    const bytes = await aTar(archiveEntries(one));
    const total = archiveEntries(one).reduce((sum, entry) => sum + sizeOf(entry), 0);
    await takeArchive(test, bytes, { limits: { entries: 6, bytes: total } });
    await assert.rejects(takeArchive(test, bytes, { limits: { entries: 5 } }), {
      code: "ARCHIVE_INVALID",
      message: "could not read the archive: it has more than 5 entries",
    });
    await assert.rejects(takeArchive(test, bytes, { limits: { bytes: total - 1 } }), {
      code: "ARCHIVE_INVALID",
      message: `could not read the archive: it has more than ${total - 1} bytes`,
    });
  });

  const packed: Readonly<Record<string, readonly [string, string]>> = {
    zstd: ["28b52ffd00000000", "it is packed with zstd; unpack it first, or use gzip"],
    xz: ["fd377a585a000000", "it is packed with xz; unpack it first, or use gzip"],
    bzip2: ["425a683931415926", "it is packed with bzip2; unpack it first, or use gzip"],
    "broken gzip": ["1f8b0800000000000003070707", "its gzip is broken: invalid block type"],
    noise: ["ab".repeat(2_000), "Invalid tar header"],
    "a cut header": ["61".repeat(100), "Unexpected end of data"],
  };
  for (const [what, [hex, why]] of Object.entries(packed)) {
    it(`refuses ${what}`, async (test) => {
      await assert.rejects(
        takeArchive(test, Buffer.from(hex, "hex")),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, "ARCHIVE_INVALID");
          assert.ok(error.message.startsWith(`could not read the archive: ${why}`), error.message);
          return true;
        },
      );
    });
  }

  it("refuses a cut archive, packed or not", async (test) => {
    const bytes = await aTar(archiveEntries(anImage(["x".repeat(100_000)])));
    const cut = {
      code: "ARCHIVE_INVALID",
      message: "could not read the archive: Unexpected end of data",
    };
    await assert.rejects(takeArchive(test, bytes.subarray(0, 50_000)), cut);
    const gzip = gzipSync(bytes);
    await assert.rejects(takeArchive(test, gzip.subarray(0, gzip.length - 20)), {
      code: "ARCHIVE_INVALID",
      message: "could not read the archive: its gzip is broken: unexpected end of file",
    });
  });

  it("refuses gzip that grows more than a hundredfold, but not a little of it", async (test) => {
    const bomb = gzipSync(await aTar([{ name: "zeros", content: Buffer.alloc(50_000_000) }]));
    await assert.rejects(takeArchive(test, bomb), {
      code: "ARCHIVE_INVALID",
      message: "could not read the archive: its gzip grows more than 100 times; unpack it first",
    });
    const small = [{ name: "zeros", content: Buffer.alloc(900_000) }, ...archiveEntries(one)];
    await takeArchive(test, gzipSync(await aTar(small)));
  });

  it("passes on what its source says", async (test) => {
    const blobs = await aFileBlobStore(test);
    const broken = new Readable({
      read() {
        this.destroy(new Error("the pipe broke"));
      },
    });
    await assert.rejects(importArchive(broken, { blobs, signal }), {
      code: "ARCHIVE_INVALID",
      message: "could not read the archive: the pipe broke",
    });
  });
});
