import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { describe, it, type TestContext } from "node:test";
import type { BlobStore } from "../blob-store.ts";
import { digestOf } from "../digest.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const text = "the quick brown fox";
const bytes = Buffer.from(text);
const digest = digestOf(bytes);
const empty = digestOf(Buffer.alloc(0));
const other = digestOf(Buffer.from("other"));
const forever = new AbortController().signal;

export async function drained<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** What every blob store holds to. */
export function blobStoreContract(
  name: string,
  create: (test: TestContext) => Promise<BlobStore>,
): void {
  describe(`${name} blob store`, () => {
    it("says nothing of a blob that it does not hold", async (test) => {
      const store = await create(test);
      const missing = {
        code: "BLOB_MISSING",
        message: `the store does not hold ${digest}`,
      };
      assert.equal(await store.stat(digest), undefined);
      await assert.rejects(store.open(digest), missing);
      await assert.rejects(store.read(digest, 100), missing);
      await assert.rejects(store.verify(digest, forever), missing);
      assert.equal(await store.remove(digest), false);
      assert.equal(await store.quarantine(digest), false);
      assert.deepEqual(await drained(store.list()), []);
    });

    it("gives back what was put", async (test) => {
      const store = await create(test);
      await store.put(digest, bytes);
      await store.put(digest, bytes);
      await store.put(empty, Buffer.alloc(0));
      assert.deepEqual(await store.stat(digest), { size: 19 });
      assert.deepEqual(await store.stat(empty), { size: 0 });
      assert.equal((await store.read(digest, 19)).toString(), text);
      assert.equal((await buffer(await store.open(digest))).toString(), text);
      assert.equal((await buffer(await store.open(empty))).length, 0);
      const listed = await drained(store.list());
      assert.deepEqual(listed.map((blob) => blob.digest).sort(), [digest, empty].sort());
      assert.ok(listed.every((blob) => Math.abs(blob.modifiedAtMs - Date.now()) < 60_000));
    });

    it("refuses bytes of another digest", async (test) => {
      const store = await create(test);
      await assert.rejects(store.put(other, bytes), {
        code: "BLOB_CORRUPT",
        message: `the bytes of ${other} have the digest ${digest}`,
      });
      assert.equal(await store.stat(other), undefined);
    });

    it("takes over a file", async (test) => {
      const store = await create(test);
      const directory = await temporaryDirectory(test);
      for (const file of [join(directory, "first"), join(directory, "again")]) {
        await writeFile(file, bytes);
        await store.adopt(file, digest);
        assert.equal(existsSync(file), false);
        assert.equal((await store.read(digest, 100)).toString(), text);
      }
    });

    const ranges = [
      [{ start: 0, end: 0 }, "t"],
      [{ start: 4, end: 8 }, "quick"],
      [{ start: 16 }, "fox"],
      [{ start: 18, end: 18 }, "x"],
      [{ start: 0 }, text],
    ] as const;
    for (const [range, part] of ranges) {
      it(`opens ${range.start} to ${"end" in range ? range.end : "the end"}`, async (test) => {
        const store = await create(test);
        await store.put(digest, bytes);
        assert.equal((await buffer(await store.open(digest, range))).toString(), part);
      });
    }
    for (const range of [
      { start: 19 },
      { start: 0, end: 19 },
      { start: 3, end: 2 },
      { start: -1 },
    ]) {
      it(`refuses the range ${JSON.stringify(range)}`, async (test) => {
        const store = await create(test);
        await store.put(digest, bytes);
        await assert.rejects(store.open(digest, range), RangeError);
      });
    }

    it("does not read more at once than it was told", async (test) => {
      const store = await create(test);
      await store.put(digest, bytes);
      await assert.rejects(store.read(digest, 18), {
        code: "UNSUPPORTED",
        message: `could not read ${digest} at once: it has 19 bytes, more than 18`,
      });
    });

    it("reads a blob to its end though it is removed meanwhile", async (test) => {
      const store = await create(test);
      await store.put(digest, bytes);
      const stream = await store.open(digest);
      assert.equal(await store.remove(digest), true);
      assert.equal((await buffer(stream)).toString(), text);
      assert.equal(await store.stat(digest), undefined);
    });

    it("verifies a blob, and says how far it is", async (test) => {
      const store = await create(test);
      await store.put(digest, bytes);
      let read = 0;
      const sound = await store.verify(digest, forever, (more) => {
        read += more;
      });
      assert.equal(sound, true);
      assert.equal(read, 19);
      await assert.rejects(store.verify(digest, AbortSignal.abort()), { name: "AbortError" });
    });

    it("serves a blob no more once it is in quarantine, until it is put again", async (test) => {
      const store = await create(test);
      await store.put(digest, bytes);
      assert.equal(await store.quarantine(digest), true);
      assert.equal(await store.stat(digest), undefined);
      await store.put(digest, bytes);
      assert.deepEqual(await store.stat(digest), { size: 19 });
    });
  });
}
