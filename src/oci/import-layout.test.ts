import assert from "node:assert/strict";
import { cp, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { importLayout } from "./import-layout.ts";
import type { ImportOptions } from "./imported-image.ts";
import { aFileBlobStore } from "./testing/a-file-blob-store.ts";
import { anImage, anIndex, type TestImage } from "./testing/an-image.ts";
import { archiveEntries, blobName } from "./testing/archive-entries.ts";
import { temporaryDirectory } from "./testing/temporary-directory.ts";

const signal = new AbortController().signal;
const one = anImage(["shared", "one"]);
const [someDigest = one.top.digest, someBytes = Buffer.alloc(0)] = [...one.blobs][0] ?? [];

describe("importLayout", () => {
  async function aLayout(test: TestContext, image: TestImage = one): Promise<string> {
    const directory = await temporaryDirectory(test);
    await mkdir(join(directory, "blobs", "sha256"), { recursive: true });
    for (const { name, content = "" } of archiveEntries(image))
      await writeFile(join(directory, name), content);
    return directory;
  }
  const take = async (test: TestContext, directory: string, options: Partial<ImportOptions> = {}) =>
    await importLayout(directory, { blobs: await aFileBlobStore(test), signal, ...options });

  it("takes an image with what the store has of it already", async (test) => {
    const directory = await aLayout(test);
    const blobs = await aFileBlobStore(test);
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
    const blobs = await aFileBlobStore(test);
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
    const blobs = await aFileBlobStore(test);
    await rm(dirname(blobs.path(someDigest)), { recursive: true });
    await assert.rejects(take(test, await aLayout(test), { blobs }), { code: "STORE_WRITE" });
  });
});
