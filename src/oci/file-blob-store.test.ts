import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { type Digest, digestOf, hexOf } from "./digest.ts";
import { writeFailure } from "./durable-file.ts";
import { createBlobStore } from "./file-blob-store.ts";
import { blobStoreContract, drained } from "./testing/blob-store-contract.ts";
import { temporaryDirectory } from "./testing/temporary-directory.ts";

blobStoreContract("file", async (test) => await createBlobStore(await temporaryDirectory(test)));

const bytes = Buffer.alloc(300_000, "x");
const digest = digestOf(bytes);
const forever = new AbortController().signal;

describe("file blob store", () => {
  it("keeps a blob under its hex digits, readable by others", async (test) => {
    const root = await temporaryDirectory(test);
    const store = await createBlobStore(root);
    await store.put(digest, bytes);
    assert.equal(store.path(digest), join(root, "blobs", "sha256", hexOf(digest)));
    assert.deepEqual(await readFile(store.path(digest)), bytes);
    assert.deepEqual(await readdir(join(root, "blobs", "sha256")), [hexOf(digest)]);
  });

  it("removes at its start what a crash left, and lists nothing but blobs", async (test) => {
    const root = await temporaryDirectory(test);
    const store = await createBlobStore(root);
    await store.put(digest, bytes);
    await writeFile(join(root, "blobs", "sha256", ".incoming-0123"), "half");
    await writeFile(join(root, "blobs", "sha256", "README"), "not a blob");
    const again = await createBlobStore(root);
    assert.deepEqual(
      (await readdir(join(root, "blobs", "sha256"))).sort(),
      [hexOf(digest), "README"].sort(),
    );
    assert.deepEqual(
      (await drained(again.list())).map((blob) => blob.digest),
      [digest],
    );
  });

  const damages: Readonly<Record<string, (file: string) => Promise<void>>> = {
    "its first byte changed": async (file) => await changeByte(file, 0),
    "a byte in the middle changed": async (file) => await changeByte(file, 150_000),
    "its last byte changed": async (file) => await changeByte(file, 299_999),
    "its end cut off": async (file) => await truncate(file, 299_999),
    "zeros for bytes": async (file) => await writeFile(file, Buffer.alloc(300_000)),
    "a byte too many": async (file) => await appendFile(file, "x"),
  };
  for (const [what, damage] of Object.entries(damages)) {
    it(`finds a blob with ${what}, puts it aside and takes it anew`, async (test) => {
      const root = await temporaryDirectory(test);
      const store = await createBlobStore(root);
      await store.put(digest, bytes);
      assert.equal(await store.verify(digest, forever), true);
      await damage(store.path(digest));
      assert.equal(await store.verify(digest, forever), false);
      await assert.rejects(store.read(digest, 1_000_000), { code: "BLOB_CORRUPT" });
      assert.equal(await store.quarantine(digest), true);
      assert.deepEqual(await readdir(join(root, "quarantine")), [hexOf(digest)]);
      await store.put(digest, bytes);
      assert.equal(await store.verify(digest, forever), true);
    });
  }

  it("replaces a blob of the wrong size by the file it adopts", async (test) => {
    const root = await temporaryDirectory(test);
    const store = await createBlobStore(root);
    await writeFile(store.path(digest), "short");
    await writeFile(join(root, "file"), bytes);
    await store.adopt(join(root, "file"), digest);
    assert.equal(await store.verify(digest, forever), true);
  });

  it("dates a blob by the time it was adopted", async (test) => {
    const root = await temporaryDirectory(test);
    const store = await createBlobStore(root);
    const file = join(root, "file");
    await writeFile(file, bytes);
    await utimes(file, 1, 1);
    await store.adopt(file, digest);
    const [blob] = await drained(store.list());
    assert.ok(blob !== undefined && Date.now() - blob.modifiedAtMs < 60_000);
  });

  it("adopts a file from another file system", async (test) => {
    const shared = await mkdtemp("/dev/shm/oci-test-").catch(() => undefined);
    if (shared === undefined) return test.skip("there is no /dev/shm");
    test.after(() => rm(shared, { recursive: true, force: true }));
    const store = await createBlobStore(await temporaryDirectory(test));
    await writeFile(join(shared, "file"), bytes);
    await store.adopt(join(shared, "file"), digest);
    assert.equal(existsSync(join(shared, "file")), false);
    assert.equal(await store.verify(digest, forever), true);
  });

  it("says what it could not write, and leaves nothing behind", async (test) => {
    const root = await temporaryDirectory(test);
    const store = await createBlobStore(root);
    await assert.rejects(store.adopt(join(root, "absent"), digest), {
      code: "STORE_WRITE",
      message: `could not keep ${digest}: ENOENT: no such file or directory, stat '${root}/absent'`,
    });
    await mkdir(store.path(digest));
    await assert.rejects(store.put(digest, bytes), { code: "STORE_WRITE" });
    assert.deepEqual(await readdir(join(root, "blobs", "sha256")), [hexOf(digest)]);
    await assert.rejects(store.remove(digest), { code: "STORE_WRITE" });
    await writeFile(join(root, "quarantine"), "in the way");
    await assert.rejects(store.quarantine(digest), { code: "STORE_WRITE" });
    await writeFile(join(root, "plain"), "");
    await assert.rejects(createBlobStore(join(root, "plain")), { code: "STORE_WRITE" });
  });

  it("tells a full disk from other failures", () => {
    for (const code of ["ENOSPC", "EDQUOT"]) {
      const full = writeFailure("keep x", Object.assign(new Error(code), { code }));
      assert.equal((full as { code?: string }).code, "DISK_FULL");
      assert.equal(full.message, "could not keep x: the disk is full; make room for it");
    }
    assert.equal(
      (writeFailure("keep x", new Error("EIO")) as { code?: string }).code,
      "STORE_WRITE",
    );
  });
});

describe("a crash while a blob is adopted", () => {
  type Point = "before" | "copied" | "after";
  async function crash(when: Point, root: string, file: string): Promise<void> {
    const script = fileURLToPath(new URL("testing/crash-while-adopting.ts", import.meta.url));
    const child = spawn(process.execPath, [script, when, root, file, digest], { stdio: "inherit" });
    const [, signal] = (await once(child, "exit")) as [number | null, string | null];
    assert.equal(signal, "SIGKILL");
  }
  const held = async (root: string): Promise<readonly Digest[]> =>
    (await drained((await createBlobStore(root)).list())).map((blob) => blob.digest);

  it("before the rename leaves no blob, and the file to adopt again", async (test) => {
    const root = await temporaryDirectory(test);
    const file = join(root, "file");
    await writeFile(file, bytes);
    await crash("before", root, file);
    assert.deepEqual(await held(root), []);
    await (await createBlobStore(root)).adopt(file, digest);
    assert.deepEqual(await held(root), [digest]);
  });

  it("before the rename of a copy from elsewhere leaves no half copy", async (test) => {
    const shared = await mkdtemp("/dev/shm/oci-test-").catch(() => undefined);
    if (shared === undefined) return test.skip("there is no /dev/shm");
    test.after(() => rm(shared, { recursive: true, force: true }));
    const root = await temporaryDirectory(test);
    const file = join(shared, "file");
    await writeFile(file, bytes);
    await crash("copied", root, file);
    assert.match(String(await readdir(join(root, "blobs", "sha256"))), /^\.incoming-[0-9a-f]{16}$/);
    assert.deepEqual(await held(root), []);
    assert.deepEqual(await readdir(join(root, "blobs", "sha256")), []);
  });

  it("after the rename leaves the whole blob", async (test) => {
    const root = await temporaryDirectory(test);
    const file = join(root, "file");
    await writeFile(file, bytes);
    await crash("after", root, file);
    assert.deepEqual(await held(root), [digest]);
    assert.equal(await (await createBlobStore(root)).verify(digest, forever), true);
  });
});

async function changeByte(file: string, at: number): Promise<void> {
  const content = await readFile(file);
  content[at] = (content[at] ?? 0) ^ 1;
  await writeFile(file, content);
}
