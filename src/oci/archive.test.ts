import assert from "node:assert/strict";
import { createWriteStream, existsSync } from "node:fs";
import { cp, mkdir, readdir, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PassThrough, Readable, Writable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { describe, it, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { hexOf } from "./digest.ts";
import { exportArchive, exportLayout } from "./export-image.ts";
import { createBlobStore } from "./file-blob-store.ts";
import { importArchive } from "./import-archive.ts";
import { importLayout } from "./import-layout.ts";
import type { ImportOptions } from "./imported-image.ts";
import { LAYOUT_MARK, renderLayoutIndex } from "./layout-index.ts";
import { parseReference } from "./reference.ts";
import { aTar, type TestTarEntry } from "./testing/a-tar.ts";
import { anImage, anIndex, putImage, type TestImage } from "./testing/an-image.ts";
import { drained, temporaryDirectory } from "./testing/blob-store-contract.ts";
import type { BlobProgress } from "./verified-copy.ts";

const signal = new AbortController().signal;
const one = anImage(["shared", "one"]);
const arm64 = anImage(["shared", "arm64"], { os: "linux", architecture: "arm64" });
const both = anIndex([one, arm64]);
const [someDigest = one.top.digest, someBytes = Buffer.alloc(0)] = [...one.blobs][0] ?? [];

const entriesOf = (image: TestImage, name = "v1"): readonly TestTarEntry[] => [
  ...[...image.blobs].map(([digest, content]) => ({
    name: `blobs/sha256/${hexOf(digest)}`,
    content,
  })),
  { name: "index.json", content: renderLayoutIndex([{ descriptor: image.top, name }]) },
  { name: "oci-layout", content: LAYOUT_MARK },
];
const sizeOf = ({ content = "" }: TestTarEntry): number => Buffer.byteLength(content);
const without = (entries: readonly TestTarEntry[], name: string) =>
  entries.filter((entry) => entry.name !== name);
const replaced = (entries: readonly TestTarEntry[], name: string, content: string | Buffer) =>
  entries.map((entry) => (entry.name === name ? { name, content } : entry));
const blobName = (digest: Parameters<typeof hexOf>[0]) => `blobs/sha256/${hexOf(digest)}`;

const aStore = async (test: TestContext) => await createBlobStore(await temporaryDirectory(test));
async function takeArchive(
  test: TestContext,
  bytes: Uint8Array,
  options: Partial<ImportOptions> = {},
) {
  const blobs = await aStore(test);
  // Pieces of odd size, so that no header lies in one piece by chance.
  const source = Readable.from(pieces(bytes, 1_000), { objectMode: false });
  return { blobs, image: await importArchive(source, { blobs, signal, ...options }) };
}
function* pieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe("export and import", () => {
  it("of a layout give the same image", async (test) => {
    const from = await aStore(test);
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
    const to = await aStore(test);
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
    const from = await aStore(test);
    await putImage(from, both);
    const archive = async () => {
      const sink = new PassThrough();
      const bytes = buffer(sink);
      await exportArchive(sink, { blobs: from, descriptor: both.top, name: "v1", signal });
      return await bytes;
    };
    const bytes = await archive();
    assert.deepEqual(await archive(), bytes);
    const { image, blobs } = await takeArchive(test, bytes);
    assert.deepEqual(image.descriptor, both.top);
    assert.deepEqual(
      (await drained(blobs.list())).map((blob) => blob.digest).sort(),
      [...both.blobs.keys()].sort(),
    );
  });

  it("take the platforms that are there", async (test) => {
    const from = await aStore(test);
    const here = new Map([...both.blobs].filter(([digest]) => digest !== arm64.top.digest));
    await putImage(from, { top: both.top, blobs: here });
    const directory = join(await temporaryDirectory(test), "out");
    await exportLayout(directory, { blobs: from, descriptor: both.top, signal });
    const image = await importLayout(directory, { blobs: await aStore(test), signal });
    assert.equal(image.name, undefined);
    assert.deepEqual([...image.digests].sort(), [...one.blobs.keys(), both.top.digest].sort());
  });

  it("put an image beside the others of a layout, or in the place of its namesake", async (test) => {
    const blobs = await aStore(test);
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
    const blobs = await aStore(test);
    const directory = join(await temporaryDirectory(test), "out");
    await assert.rejects(exportLayout(directory, { blobs, descriptor: one.top, signal }), {
      code: "BLOB_MISSING",
      message: `could not export the image: the store lacks ${one.top.digest}`,
    });
    assert.equal(existsSync(directory), false);
  });

  it("do not export a corrupt layer", async (test) => {
    const blobs = await aStore(test);
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
    const blobs = await aStore(test);
    await putImage(blobs, one);
    const full = new Writable({ write: (_chunk, _encoding, done) => done(new Error("no space")) });
    await assert.rejects(exportArchive(full, { blobs, descriptor: one.top, signal }), {
      message: "no space",
    });
  });

  it("stop when they are told to", async (test) => {
    const blobs = await aStore(test);
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
    const layerFirst = [...entriesOf(big)].sort((a, b) => sizeOf(b) - sizeOf(a));
    const archive = Readable.from(pieces(await aTar(layerFirst), 65_536), {
      objectMode: false,
    });
    const other = await aStore(test);
    await assert.rejects(importArchive(archive, { ...stopping(), blobs: other }), aborted);
    assert.deepEqual(await drained(other.list()), []);
    assert.deepEqual(await readdir(dirname(other.path(someDigest))), []);
  });
});

describe("importArchive", () => {
  const good: Readonly<Record<string, readonly TestTarEntry[]>> = {
    "an archive with the index last": entriesOf(one),
    "an archive with the index first": [...entriesOf(one)].reverse(),
    "names that begin with ./": entriesOf(one).map((entry) => ({
      ...entry,
      name: `./${entry.name}`,
    })),
    "directories, and files that it does not know": [
      { name: "blobs/", type: "directory" },
      { name: "./", type: "directory" },
      { name: "README", content: "hello" },
      { name: "manifest.json", content: "[]" },
      ...entriesOf(one),
    ],
    "a blob twice": [...entriesOf(one), ...entriesOf(one).slice(0, 1)],
  };
  for (const [what, entries] of Object.entries(good)) {
    it(`takes ${what}`, async (test) => {
      const { image, blobs } = await takeArchive(test, await aTar(entries));
      assert.deepEqual(image.descriptor, one.top);
      assert.equal((await drained(blobs.list())).length, one.blobs.size);
    });
  }

  it("takes an archive packed with gzip", async (test) => {
    const { image } = await takeArchive(test, gzipSync(await aTar(entriesOf(one))));
    assert.deepEqual(image.descriptor, one.top);
  });

  it("takes an image by its tag or reference in our own layout", async (test) => {
    const reference = parseReference("busybox:1");
    const index = renderLayoutIndex([
      { descriptor: one.top, reference },
      { descriptor: arm64.top, reference: parseReference("busybox:2") },
    ]);
    const entries = [
      ...replaced(entriesOf(one), "index.json", index),
      ...entriesOf(arm64).slice(0, -2),
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
    "an archive without mark": [without(entriesOf(one), "oci-layout"), "it has no file oci-layout"],
    "a mark that is no JSON": [
      replaced(entriesOf(one), "oci-layout", "x"),
      "of its file oci-layout, it is not JSON",
    ],
    "a mark of another version": [
      replaced(entriesOf(one), "oci-layout", '{"imageLayoutVersion":"2.0.0"}'),
      "its file oci-layout does not say version 1",
    ],
    "an archive without index": [
      without(entriesOf(one), "index.json"),
      "it has no file index.json",
    ],
    "two indexes": [
      [...entriesOf(one), { name: "./index.json", content: "{}" }],
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
      replaced(entriesOf(one), "index.json", renderLayoutIndex([])),
      "it holds no image",
    ],
    "one name for two images": [
      replaced(
        entriesOf(one),
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
        entriesOf(one),
        "index.json",
        renderLayoutIndex([{ descriptor: { ...one.top, mediaType: "text/plain" }, name: "v1" }]),
      ),
      '"text/plain" is neither an index nor a manifest',
    ],
    "an image without its layer": [without(entriesOf(one), missing), `it lacks ${someDigest}`],
    "an image without its manifest": [
      without(entriesOf(one), blobName(one.top.digest)),
      `it lacks ${one.top.digest}`,
    ],
    "an empty index": [entriesOf(anIndex([])), "its index is empty"],
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
    const bytes = await aTar(replaced(entriesOf(one), missing, wrong));
    await assert.rejects(takeArchive(test, bytes), {
      code: "BLOB_CORRUPT",
      message: new RegExp(`^what was given as ${someDigest} has the digest sha256:[0-9a-f]{64}$`),
    });
  });

  it("refuses a manifest that cannot be read", async (test) => {
    const lie = { ...one.top, size: one.top.size + 1 };
    const index = renderLayoutIndex([{ descriptor: lie }]);
    const bytes = await aTar(replaced(entriesOf(one), "index.json", index));
    await assert.rejects(takeArchive(test, bytes), { code: "BLOB_CORRUPT" });
  });

  it("refuses more than it may take", async (test) => {
    const bytes = await aTar(entriesOf(one));
    const total = entriesOf(one).reduce(
      (sum, { content = "" }) => sum + Buffer.byteLength(content),
      0,
    );
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
    const bytes = await aTar(entriesOf(anImage(["x".repeat(100_000)])));
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
    const small = [{ name: "zeros", content: Buffer.alloc(900_000) }, ...entriesOf(one)];
    await takeArchive(test, gzipSync(await aTar(small)));
  });

  it("passes on what its source says", async (test) => {
    const blobs = await aStore(test);
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

describe("importLayout", () => {
  async function aLayout(test: TestContext, image: TestImage = one): Promise<string> {
    const directory = await temporaryDirectory(test);
    await mkdir(join(directory, "blobs", "sha256"), { recursive: true });
    for (const { name, content = "" } of entriesOf(image))
      await writeFile(join(directory, name), content);
    return directory;
  }
  const take = async (test: TestContext, directory: string, options: Partial<ImportOptions> = {}) =>
    await importLayout(directory, { blobs: await aStore(test), signal, ...options });

  it("takes an image with what the store has of it already", async (test) => {
    const directory = await aLayout(test);
    const blobs = await aStore(test);
    await blobs.put(someDigest, someBytes);
    await rm(join(directory, missingName));
    assert.equal((await take(test, directory, { blobs })).digests.length, one.blobs.size);
  });

  const missingName = blobName(someDigest);
  const bad: Readonly<Record<string, readonly [(directory: string) => Promise<unknown>, string]>> =
    {
      "a blob that is a symbolic link": [
        async (directory) => {
          await cp(join(directory, missingName), join(directory, "elsewhere"));
          await rm(join(directory, missingName));
          await symlink("../../elsewhere", join(directory, missingName));
        },
        `${missingName} is a symbolic link`,
      ],
      "a blob that is a directory": [
        async (directory) => {
          await rm(join(directory, missingName));
          await mkdir(join(directory, missingName));
        },
        `${missingName} is not a file`,
      ],
      "an index of 5 MiB": [
        async (directory) =>
          await writeFile(join(directory, "index.json"), Buffer.alloc(5_242_880, " ")),
        "index.json has 5242880 bytes, more than 4194304",
      ],
      "a layout without mark": [
        async (directory) => await rm(join(directory, "oci-layout")),
        "it has no file oci-layout",
      ],
      "a layout without a layer": [
        async (directory) => await rm(join(directory, missingName)),
        `it lacks ${someDigest}`,
      ],
    };
  for (const [what, [damage, why]] of Object.entries(bad)) {
    it(`refuses ${what}`, async (test) => {
      const directory = await aLayout(test);
      await damage(directory);
      const message = `could not read the layout ${directory}: ${why}`;
      await assert.rejects(take(test, directory), { code: "ARCHIVE_INVALID", message });
    });
  }

  it("refuses a directory that is not there, or is a file", async (test) => {
    const directory = join(await temporaryDirectory(test), "absent");
    const missing = {
      code: "ARCHIVE_INVALID",
      message: `could not read the layout ${directory}: it has no file oci-layout`,
    };
    await assert.rejects(take(test, directory), missing);
    await writeFile(directory, "");
    await assert.rejects(take(test, directory), missing);
  });

  it("refuses a blob of another size or digest, and keeps nothing of it", async (test) => {
    const directory = await aLayout(test);
    const blobs = await aStore(test);
    await writeFile(join(directory, missingName), `${someBytes}x`);
    await assert.rejects(take(test, directory, { blobs }), {
      code: "BLOB_CORRUPT",
      message: `what was given as ${someDigest} has more than its ${someBytes.length} bytes`,
    });
    assert.equal(await blobs.stat(someDigest), undefined);
  });

  it("refuses indexes in indexes in indexes", async (test) => {
    const directory = await aLayout(test, anIndex([anIndex([anIndex([anIndex([one])])])]));
    await assert.rejects(take(test, directory), { code: "MANIFEST_INVALID" });
  });

  it("refuses more than it may take", async (test) => {
    const directory = await aLayout(test);
    await take(test, directory, { limits: { entries: 4 } });
    await assert.rejects(take(test, directory, { limits: { entries: 3 } }), {
      code: "ARCHIVE_INVALID",
      message: `could not read the layout ${directory}: it has more than 3 entries`,
    });
  });

  it("does not use a store that is no directory any more", async (test) => {
    const blobs = await aStore(test);
    await rm(dirname(blobs.path(someDigest)), { recursive: true });
    await assert.rejects(take(test, await aLayout(test), { blobs }), { code: "STORE_WRITE" });
  });
});
