import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import type { Descriptor } from "../descriptor.ts";
import { type Digest, digestOf } from "../digest.ts";
import { fetchBlob } from "../fetch-blob.ts";
import type { Registry } from "../registry.ts";

/** An image in a registry, and the client that reads it. */
export type ServedImage = {
  readonly registry: Registry;
  readonly repository: string;
  readonly tag: string;
  readonly manifest: { readonly digest: Digest; readonly mediaType: string; readonly size: number };
  readonly config: { readonly descriptor: Descriptor; readonly bytes: Uint8Array };
  /** Its biggest layer, of at least 64 KiB. */
  readonly layer: Descriptor;
};

const forever = new AbortController().signal;

/** What the client does with every registry that keeps to the specification. */
export function registryContract(
  name: string,
  serve: (test: TestContext) => Promise<ServedImage>,
): void {
  describe(`${name} registry`, () => {
    it("resolves a tag to the manifest's digest, size and media type", async (test) => {
      const { registry, repository, tag, manifest } = await serve(test);
      const found = await registry.resolve(repository, tag, forever);
      assert.deepEqual(found.descriptor, manifest);
      assert.equal(digestOf(found.bytes), manifest.digest);
    });

    it("gets a manifest by its digest", async (test) => {
      const { registry, repository, manifest } = await serve(test);
      const found = await registry.manifest(repository, manifest, forever);
      assert.deepEqual(found.descriptor, manifest);
    });

    it("says that a tag is not there", async (test) => {
      const { registry, repository } = await serve(test);
      await assert.rejects(registry.resolve(repository, "no-such-tag", forever), {
        code: "REGISTRY_NOT_FOUND",
        message: new RegExp(
          `^could not fetch ${registry.host}/${repository}:no-such-tag: \\S+ does not have it: check the name and the tag$`,
        ),
      });
    });

    it("reads a small blob whole", async (test) => {
      const { registry, repository, config } = await serve(test);
      const bytes = await registry.blob(repository, config.descriptor, forever);
      assert.deepEqual(Buffer.from(bytes), Buffer.from(config.bytes));
    });

    it("says that a blob is not there", async (test) => {
      const { registry, repository } = await serve(test);
      const absent = {
        mediaType: "application/octet-stream",
        digest: digestOf(Buffer.from("absent")),
        size: 6,
      };
      await assert.rejects(registry.blob(repository, absent, forever), {
        code: "REGISTRY_NOT_FOUND",
        message: new RegExp(`^could not fetch blob ${absent.digest} of .*: push the image again$`),
      });
    });

    it("streams a layer into a file", async (test) => {
      const { registry, repository, layer } = await serve(test);
      const file = join(await directoryOf(test), "layer");
      const fetched = await fetchBlob(registry, repository, layer, { file }, forever);
      assert.deepEqual(fetched, { registryBytes: layer.size, resumedBytes: 0 });
      assert.equal(digestOf(await readFile(file)), layer.digest);
    });

    it("takes up a layer where its file ends", async (test) => {
      const { registry, repository, layer } = await serve(test);
      const file = join(await directoryOf(test), "layer");
      await fetchBlob(registry, repository, layer, { file }, forever);
      const whole = await readFile(file);
      const had = 12_345;
      await writeFile(file, whole.subarray(0, had));
      const fetched = await fetchBlob(registry, repository, layer, { file }, forever);
      assert.deepEqual(fetched, { registryBytes: layer.size - had, resumedBytes: had });
      assert.equal(digestOf(await readFile(file)), layer.digest);
    });
  });
}

/** A directory that goes when the test ends. */
export async function directoryOf(test: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "oci-registry-"));
  test.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
