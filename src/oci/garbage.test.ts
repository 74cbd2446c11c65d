import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import fc from "fast-check";
import type { BlobStore } from "./blob-store.ts";
import { type Digest, digestOf, hexOf } from "./digest.ts";
import { createBlobStore } from "./file-blob-store.ts";
import { type CollectOptions, collectGarbage } from "./garbage.ts";
import { createImageLayouts, type ImageLayouts, type LayoutKeeper } from "./image-layout.ts";
import { parseReference } from "./reference.ts";
import { anImage, anIndex, putImage, type TestImage } from "./testing/an-image.ts";
import { drained } from "./testing/blob-store-contract.ts";
import { propertyRuns } from "./testing/reference-arbitrary.ts";
import { temporaryDirectory } from "./testing/temporary-directory.ts";

const one = anImage(["shared", "one"]);
const two = anImage(["shared", "two"]);
const HOUR_MS = 3_600_000;
const forever = new AbortController().signal;

async function aStore(test: TestContext) {
  const root = await temporaryDirectory(test);
  const blobs = await createBlobStore(root);
  const layouts = createImageLayouts({ root: join(root, "oci"), blobs });
  return {
    root,
    blobs,
    layouts,
    write: writer(blobs, layouts),
    collect: collector(blobs, layouts),
  };
}
const writer =
  (blobs: BlobStore, layouts: ImageLayouts) =>
  async (text: string, image: TestImage): Promise<void> => {
    await putImage(blobs, image);
    await layouts.writeImage(parseReference(text), image.top, image.blobs.keys());
  };
const collector =
  (blobs: BlobStore, layouts: LayoutKeeper) =>
  (options: Partial<CollectOptions> = {}) =>
    collectGarbage({
      blobs,
      layouts,
      isWanted: () => false,
      nowMs: Date.now() + 2 * HOUR_MS,
      graceMs: HOUR_MS,
      signal: forever,
      ...options,
    });
const held = async (blobs: BlobStore) =>
  (await drained(blobs.list())).map((blob) => blob.digest).sort();
const digests = (...images: readonly TestImage[]) =>
  [...new Set(images.flatMap((image) => [...image.blobs.keys()]))].sort();

describe("collectGarbage", () => {
  it("removes nothing that an image needs", async (test) => {
    const { blobs, write, collect } = await aStore(test);
    await write("a:1", one);
    await write("b:1", two);
    assert.deepEqual(await collect(), {
      removedBlobs: 0,
      removedBytes: 0,
      unlinkedBlobs: 0,
      unreadable: [],
    });
    assert.deepEqual(await held(blobs), digests(one, two));
  });

  it("removes what only a removed image needed", async (test) => {
    const { blobs, layouts, write, collect } = await aStore(test);
    await write("a:1", one);
    await write("b:1", two);
    await layouts.removeImage(parseReference("a:1"));
    const gone = [...one.blobs].filter(([digest]) => !two.blobs.has(digest));
    assert.deepEqual(await collect(), {
      removedBlobs: gone.length,
      removedBytes: gone.reduce((sum, [, bytes]) => sum + bytes.length, 0),
      unlinkedBlobs: 0,
      unreadable: [],
    });
    assert.deepEqual(await held(blobs), digests(two));
  });

  it("removes from a layout what none of its images needs", async (test) => {
    const { blobs, layouts, write, collect } = await aStore(test);
    await write("a:1", one);
    await write("a:1", two);
    assert.equal((await collect()).unlinkedBlobs, 3);
    const inLayout = await readdir(join(layouts.directory(parseReference("a")), "blobs", "sha256"));
    assert.deepEqual(inLayout.sort(), digests(two).map(hexOf).sort());
    assert.deepEqual(await held(blobs), digests(two));
  });

  it("spares what is young, and what is wanted", async (test) => {
    const { blobs, collect } = await aStore(test);
    await putImage(blobs, one);
    assert.equal((await collect({ nowMs: Date.now() })).removedBlobs, 0);
    assert.equal(
      (await collect({ isWanted: (digest) => digest === one.top.digest })).removedBlobs,
      3,
    );
    assert.deepEqual(await held(blobs), [one.top.digest]);
    assert.equal((await collect()).removedBlobs, 1);
  });

  it("keeps every blob of a layout that cannot be read, and says so", async (test) => {
    const { blobs, layouts, write, collect } = await aStore(test);
    await write("a:1", one);
    await putImage(blobs, two);
    const directory = layouts.directory(parseReference("a"));
    await writeFile(join(directory, "index.json"), "{");
    const { unreadable, removedBlobs } = await collect();
    assert.deepEqual(
      unreadable.map((one) => [one.directory, one.error.message]),
      [[directory, `could not read ${directory}/index.json: it is not JSON`]],
    );
    assert.equal(removedBlobs, 3);
    assert.deepEqual(await held(blobs), digests(one));
  });

  it("keeps what a layout has while the manifest that names it is lost", async (test) => {
    const { blobs, layouts, write, collect } = await aStore(test);
    await write("a:1", one);
    await blobs.quarantine(one.top.digest);
    assert.equal((await collect()).removedBlobs, 0);
    await write("a:1", one);
    assert.deepEqual(await held(blobs), digests(one));
    assert.equal(
      (await readdir(join(layouts.directory(parseReference("a")), "blobs", "sha256"))).length,
      4,
    );
  });

  it("drops the content of a platform that an index names and nobody fetched", async (test) => {
    const { blobs, layouts, collect } = await aStore(test);
    const both = anIndex([one, two]);
    const here = new Map([...both.blobs].filter(([digest]) => digest !== two.top.digest));
    await putImage(blobs, { top: both.top, blobs: here });
    await layouts.writeImage(parseReference("a:1"), both.top, here.keys());
    await collect();
    assert.deepEqual(await held(blobs), [...digests(one), both.top.digest].sort());
  });

  it("finishes the removal of a layout, and of one that was never finished", async (test) => {
    const { root, blobs, collect } = await aStore(test);
    const layouts = createImageLayouts({ root: join(root, "oci"), blobs });
    const missing = layouts.writeImage(parseReference("a:1"), one.top, one.blobs.keys());
    await assert.rejects(missing, { code: "BLOB_MISSING" });
    assert.ok(existsSync(join(layouts.directory(parseReference("a:1")), "oci-layout")));
    await writeFile(join(layouts.directory(parseReference("a:1")), ".incoming-0123"), "half");
    await collect();
    assert.deepEqual(await readdir(join(root, "oci")), []);
  });

  it("spares what finds its place in a layout while it runs", async (test) => {
    const { root, blobs, layouts, write } = await aStore(test);
    await putImage(blobs, one);
    await putImage(blobs, two);
    // The store is listed after the layouts were counted: then an image that was wanted until now is written.
    const late: BlobStore = {
      ...blobs,
      async *list() {
        await write("late:1", one);
        yield* blobs.list();
      },
    };
    await collector(late, layouts)();
    assert.deepEqual(await held(blobs), digests(one));
    assert.ok(existsSync(join(root, "oci", "library", "late", "index.json")));
  });

  it("can be stopped", async (test) => {
    const { blobs, write, collect } = await aStore(test);
    await write("a:1", one);
    await putImage(blobs, two);
    await assert.rejects(collect({ signal: AbortSignal.abort() }), { name: "AbortError" });
    assert.deepEqual(await held(blobs), digests(one, two));
  });
});

describe("store, layouts and collector", () => {
  const images = ["a", "b", "c"].map((text) => anImage(["base", text]));
  const image = fc.nat(2);
  const tag = fc.constantFrom("x:1", "x:2", "y:1");
  const step = fc.oneof(
    fc.record({ do: fc.constant("write" as const), image, tag }),
    fc.record({ do: fc.constant("remove" as const), tag }),
    fc.record({ do: fc.constant("put" as const), image }),
    fc.record({ do: fc.constant("collect" as const) }),
    fc.record({ do: fc.constant("restart" as const) }),
  );

  it("hold what a model of them holds", async (test) => {
    const parent = await temporaryDirectory(test);
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 10 }), async (steps) => {
        const root = join(parent, String(run++));
        const model = { tags: new Map<string, number>(), held: new Set<Digest>() };
        let blobs = await createBlobStore(root);
        const layouts = createImageLayouts({ root: join(root, "oci"), blobs });
        for (const next of steps) {
          if (next.do === "restart") blobs = await createBlobStore(root);
          if (next.do === "collect") {
            await collector(blobs, layouts)();
            model.held = new Set(
              [...model.tags.values()].flatMap((at) => [...(images[at]?.blobs.keys() ?? [])]),
            );
          }
          if (next.do === "remove") {
            assert.equal(
              await layouts.removeImage(parseReference(next.tag)),
              model.tags.delete(next.tag),
            );
          }
          if (next.do === "put" || next.do === "write") {
            const chosen = images[next.image];
            assert.ok(chosen !== undefined);
            await putImage(blobs, chosen);
            for (const digest of chosen.blobs.keys()) model.held.add(digest);
            if (next.do === "write") {
              await layouts.writeImage(parseReference(next.tag), chosen.top, chosen.blobs.keys());
              model.tags.set(next.tag, next.image);
            }
          }
          assert.deepEqual(await held(blobs), [...model.held].sort());
          assert.equal((await layouts.listImages()).length, model.tags.size);
        }
        for (const digest of model.held) {
          assert.equal(digestOf(await readFile(blobs.path(digest))), digest);
        }
      }),
      // Every step waits for the disk, so this property is tried less often than others.
      { numRuns: Math.min(propertyRuns / 10, 200) },
    );
  });
});
