import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { digestOf, hexOf } from "./digest.ts";
import { createBlobStore } from "./file-blob-store.ts";
import { createImageLayouts } from "./image-layout.ts";
import { parseReference } from "./reference.ts";
import { anImage, anIndex, putImage, type TestImage } from "./testing/an-image.ts";
import { temporaryDirectory } from "./testing/temporary-directory.ts";

const busybox = parseReference("busybox");
const one = anImage(["shared", "one"]);
const two = anImage(["shared", "two"]);

async function aRoot(test: TestContext, hardlink = true) {
  const root = await temporaryDirectory(test);
  const blobs = await createBlobStore(root);
  const layouts = createImageLayouts({ root: join(root, "oci"), blobs, hardlink });
  const write = async (text: string, image: TestImage) => {
    await putImage(blobs, image);
    await layouts.writeImage(parseReference(text), image.top, image.blobs.keys());
  };
  return { root, blobs, layouts, write };
}
const inode = async (path: string) => (await stat(path)).ino;

describe("image layouts", () => {
  it("write a standard layout with links to the store", async (test) => {
    const { root, blobs, layouts, write } = await aRoot(test);
    await write("busybox", one);
    const directory = join(root, "oci", "library", "busybox");
    assert.equal(layouts.directory(busybox), directory);
    assert.deepEqual((await readdir(directory)).sort(), [
      "blobs",
      "index.json",
      "oci-layout",
      "refs",
    ]);
    assert.equal(
      await readFile(join(directory, "oci-layout"), "utf8"),
      '{"imageLayoutVersion":"1.0.0"}\n',
    );
    assert.deepEqual(
      JSON.parse(await readFile(join(directory, "refs", "latest"), "utf8")),
      one.top,
    );
    const index = JSON.parse(await readFile(join(directory, "index.json"), "utf8"));
    assert.equal(index.schemaVersion, 2);
    assert.equal(index.manifests[0].digest, one.top.digest);
    for (const digest of one.blobs.keys()) {
      const linked = join(directory, "blobs", "sha256", hexOf(digest));
      assert.equal(await inode(linked), await inode(blobs.path(digest)));
    }
    assert.deepEqual(
      (await readdir(join(directory, "blobs", "sha256"))).sort(),
      [...one.blobs.keys()].map(hexOf).sort(),
    );
  });

  it("read and list what was written", async (test) => {
    const { layouts, write } = await aRoot(test);
    const texts = ["busybox", "busybox:2", "r.example:5000/busybox/blobs:1", "busybox/refs:1"];
    for (const text of texts) await write(text, one);
    for (const text of texts) {
      const reference = parseReference(text);
      assert.deepEqual(await layouts.readImage(reference), { reference, descriptor: one.top });
    }
    assert.equal(await layouts.readImage(parseReference("busybox:3")), undefined);
    assert.equal(await layouts.readImage(parseReference("alpine")), undefined);
    const listed = await layouts.listImages();
    const sorted = (list: readonly unknown[]) => list.map((item) => JSON.stringify(item)).sort();
    assert.deepEqual(
      sorted(listed.map((image) => image.reference)),
      sorted(texts.map(parseReference)),
    );
  });

  it("list nothing where there is nothing", async (test) => {
    const { layouts } = await aRoot(test);
    assert.deepEqual(await layouts.listImages(), []);
    assert.equal(await layouts.removeImage(busybox), false);
    assert.equal(existsSync(layouts.directory(busybox)), false);
  });

  it("follow a tag that moves", async (test) => {
    const { layouts, write } = await aRoot(test);
    await write("busybox", one);
    await write("busybox", two);
    assert.deepEqual((await layouts.readImage(busybox))?.descriptor, two.top);
    assert.equal((await layouts.listImages()).length, 1);
    const ref = await readFile(join(layouts.directory(busybox), "refs", "latest"), "utf8");
    assert.deepEqual(JSON.parse(ref), two.top);
  });

  it("remove an image, and with the last one the directories that nobody else uses", async (test) => {
    const { root, layouts, write } = await aRoot(test);
    await write("r.example/a:1", one);
    await write("r.example/a:2", two);
    await write("r.example/a/b:1", one);
    assert.equal(await layouts.removeImage(parseReference("r.example/a:1")), true);
    assert.equal(await layouts.removeImage(parseReference("r.example/a:1")), false);
    assert.deepEqual(await readdir(join(root, "oci", "r.example", "a", "refs")), ["2"]);
    assert.equal(await layouts.removeImage(parseReference("r.example/a:2")), true);
    assert.deepEqual(await readdir(join(root, "oci", "r.example", "a")), ["b"]);
    assert.equal((await layouts.listImages()).length, 1);
    assert.equal(await layouts.removeImage(parseReference("r.example/a/b:1")), true);
    assert.deepEqual(await readdir(join(root, "oci")), []);
  });

  it("hold an index with one platform's content", async (test) => {
    const { blobs, layouts } = await aRoot(test);
    const arm64 = anImage(["arm64"], { os: "linux", architecture: "arm64" });
    const both = anIndex([one, arm64]);
    const here = new Map([...one.blobs, ...[...both.blobs].slice(-1)]);
    await putImage(blobs, { top: both.top, blobs: here });
    await layouts.writeImage(busybox, both.top, here.keys());
    assert.deepEqual((await layouts.readImage(busybox))?.descriptor, both.top);
  });

  it("copy when links are not wanted, and again when the blob was fetched again", async (test) => {
    const { blobs, layouts, write } = await aRoot(test, false);
    await write("busybox", one);
    const [digest] = [...one.blobs.keys()];
    assert.ok(digest !== undefined);
    const copy = join(layouts.directory(busybox), "blobs", "sha256", hexOf(digest));
    const first = await inode(copy);
    assert.notEqual(first, await inode(blobs.path(digest)));
    await write("busybox", one);
    assert.equal(await inode(copy), first);
    await blobs.quarantine(digest);
    await write("busybox", one);
    assert.notEqual(await inode(copy), first);
  });

  it("link anew when the blob was fetched again", async (test) => {
    const { blobs, layouts, write } = await aRoot(test);
    await write("busybox", one);
    const [digest] = [...one.blobs.keys()];
    assert.ok(digest !== undefined);
    await blobs.quarantine(digest);
    await write("busybox", one);
    const link = join(layouts.directory(busybox), "blobs", "sha256", hexOf(digest));
    assert.equal(await inode(link), await inode(blobs.path(digest)));
  });

  it("copy by themselves to another file system", async (test) => {
    const shared = await mkdtemp("/dev/shm/oci-test-").catch(() => undefined);
    if (shared === undefined) return test.skip("there is no /dev/shm");
    test.after(() => rm(shared, { recursive: true, force: true }));
    const { blobs } = await aRoot(test);
    const layouts = createImageLayouts({ root: shared, blobs });
    await putImage(blobs, one);
    await layouts.writeImage(busybox, one.top, one.blobs.keys());
    for (const [digest, bytes] of one.blobs) {
      const copy = join(layouts.directory(busybox), "blobs", "sha256", hexOf(digest));
      assert.deepEqual(await readFile(copy), bytes);
    }
  });

  it("refuse an image whose blobs are not there, and list it not", async (test) => {
    const { layouts } = await aRoot(test);
    const [digest] = [...one.blobs.keys()];
    await assert.rejects(layouts.writeImage(busybox, one.top, one.blobs.keys()), {
      code: "BLOB_MISSING",
      message: `the store does not hold ${digest}`,
    });
    assert.deepEqual(await layouts.listImages(), []);
  });

  it("say which layout could not be written", async (test) => {
    const { root, layouts, write } = await aRoot(test);
    await mkdir(join(root, "oci", "library"), { recursive: true });
    await writeFile(join(root, "oci", "library", "busybox"), "in the way");
    await assert.rejects(write("busybox", one), {
      code: "STORE_WRITE",
      message: /^could not write the layout of docker\.io\/library\/busybox:latest: /,
    });
    assert.deepEqual(await layouts.listImages(), []);
  });

  it("do not lose each other's images when written at once", async (test) => {
    const { layouts, write } = await aRoot(test);
    const tags = Array.from({ length: 20 }, (_, at) => `busybox:${at}`);
    await Promise.all(tags.map((text) => write(text, one)));
    assert.equal((await layouts.listImages()).length, 20);
    assert.equal((await readdir(join(layouts.directory(busybox), "refs"))).length, 20);
  });

  it("list the others when one is damaged", async (test) => {
    const { layouts, write } = await aRoot(test);
    await write("busybox", one);
    await write("alpine", one);
    await writeFile(join(layouts.directory(busybox), "index.json"), "{");
    assert.deepEqual(
      (await layouts.listImages()).map((image) => image.reference.repository),
      ["library/alpine"],
    );
    await assert.rejects(layouts.readImage(busybox), { code: "MANIFEST_INVALID" });
  });

  it("do not take a copied layout for images of its old place", async (test) => {
    const { root, layouts, write } = await aRoot(test);
    await write("busybox", one);
    await write("other", two);
    await cp(layouts.directory(busybox), join(root, "oci", "copy", "of"), { recursive: true });
    assert.equal((await layouts.listImages()).length, 2);
    assert.equal(await layouts.readImage(parseReference("copy/of")), undefined);
    await write("copy/of:1", two);
    const index = JSON.parse(await readFile(join(root, "oci", "copy", "of", "index.json"), "utf8"));
    assert.deepEqual(
      index.manifests.map((entry: { digest: string }) => entry.digest),
      [one.top.digest, two.top.digest],
    );
  });
});

describe("a crash while an image is written", () => {
  async function crash(root: string, when: "before" | "after", file: string, image: TestImage) {
    const script = fileURLToPath(new URL("testing/crash-while-writing-image.ts", import.meta.url));
    const digests = JSON.stringify([...image.blobs.keys()]);
    const args = [script, when, file, root, "busybox", JSON.stringify(image.top), digests];
    const child = spawn(process.execPath, args, { stdio: "inherit" });
    const [, signal] = (await once(child, "exit")) as [number | null, string | null];
    assert.equal(signal, "SIGKILL");
  }

  it("before the index is renamed leaves the older image, and can be done again", async (test) => {
    const { root, blobs, layouts, write } = await aRoot(test);
    await write("busybox", one);
    await putImage(blobs, two);
    await crash(root, "before", "index.json", two);
    assert.deepEqual((await layouts.readImage(busybox))?.descriptor, one.top);
    await write("busybox", two);
    assert.deepEqual((await layouts.readImage(busybox))?.descriptor, two.top);
  });

  it("between the blobs and the first index leaves no image", async (test) => {
    const { root, blobs, layouts } = await aRoot(test);
    await putImage(blobs, one);
    await crash(root, "before", "index.json", one);
    assert.deepEqual(await layouts.listImages(), []);
    for (const digest of one.blobs.keys()) assert.ok(await blobs.stat(digest));
  });

  it("after the index is renamed leaves the newer image", async (test) => {
    const { root, blobs, layouts, write } = await aRoot(test);
    await write("busybox", one);
    await putImage(blobs, two);
    await crash(root, "after", "index.json", two);
    assert.deepEqual((await layouts.readImage(busybox))?.descriptor, two.top);
    for (const digest of two.blobs.keys()) {
      const file = join(layouts.directory(busybox), "blobs", "sha256", hexOf(digest));
      assert.equal(digestOf(await readFile(file)), digest);
    }
  });
});
