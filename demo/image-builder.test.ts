import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, describe, it } from "node:test";
import { digestOf, OCI_MANIFEST, parseDescribed } from "../src/oci/index.ts";
import { type BuiltImage, createImageBuilder } from "./image-builder.ts";
import { contentBytes, serveImages } from "./registry.ts";
import { verifyLayouts } from "./verify.ts";

describe("an image of real files", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "oci-torrent-demo-test-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  async function layer(name: string, content: string) {
    const from = join(directory, name);
    await writeFile(from, content);
    return { name, files: [{ path: `opt/${name}`, from }] };
  }

  async function buildTwo(at: string) {
    const builder = await createImageBuilder(join(directory, at));
    const shared = await layer("shared", "of both");
    const first = await builder.build("1", [shared, await layer("one", "of the first")]);
    const second = await builder.build("2", [shared, await layer("two", "of the second")]);
    return { builder, first, second };
  }

  it("has a manifest that names its layers in order, and a config with their digests", async () => {
    const { builder, first } = await buildTwo("a");
    const manifest = parseDescribed(
      await builder.blobs.read(first.manifest.digest, 1e6),
      first.manifest,
    );
    assert.ok(manifest.kind === "manifest");
    const digests = first.layers.map(({ descriptor }) => descriptor.digest);
    assert.deepEqual(
      manifest.layers.map(({ digest }) => digest),
      digests,
    );
    const config = JSON.parse(String(await builder.blobs.read(first.config.digest, 1e6)));
    assert.deepEqual(config.rootfs.diff_ids, digests);
  });

  it("shares a layer with the other image", async () => {
    const { first, second } = await buildTwo("a");
    assert.deepEqual(first.layers[0], second.layers[0]);
    assert.notDeepEqual(first.layers[1], second.layers[1]);
    const shared = first.layers[0]?.descriptor.size ?? 0;
    assert.equal(
      contentBytes([first, second]),
      contentBytes([first]) + contentBytes([second]) - shared,
    );
  });

  it("is the same whenever it is built, whoever owns the files", async () => {
    const { first } = await buildTwo("a");
    await utimes(join(directory, "shared"), 1, 1);
    const { first: again } = await buildTwo("b");
    assert.deepEqual(again, first);
    const { files } = await layer("shared", "of both");
    await chmod(join(directory, "shared"), 0o755);
    const builder = await createImageBuilder(join(directory, "c"));
    const other = await builder.build("1", [{ name: "shared", files }]);
    assert.notDeepEqual(other.layers[0], first.layers[0], "but not when one became a program");
  });

  it("is served by its tag, and the registry counts what it gives", async () => {
    const { builder, first, second } = await buildTwo("a");
    const registry = await serveImages(builder);
    try {
      const url = `http://${registry.host}/v2/demo/app`;
      const answer = await fetch(`${url}/manifests/1`);
      assert.equal(answer.headers.get("content-type"), OCI_MANIFEST);
      assert.equal(digestOf(new Uint8Array(await answer.arrayBuffer())), first.manifest.digest);
      const { digest, size } = second.layers[1]?.descriptor ?? assert.fail();
      const blob = await fetch(`${url}/blobs/${digest}`);
      assert.equal(digestOf(new Uint8Array(await blob.arrayBuffer())), digest);
      await fetch(`${url}/manifests/3`).then((refused) => refused.text());
      assert.equal(registry.givenBytes(), first.manifest.size + size);
      assert.equal(registry.reference(first), `${registry.host}/demo/app:1`);
    } finally {
      await registry.close();
    }
  });

  it("passes the check of its blobs, until one changes", async () => {
    const { builder, first } = await buildTwo("a");
    const { signal } = new AbortController();
    const hexes = await verifyLayouts(builder.directory, signal);
    assert.ok(namesOf(first).every((hex) => hexes.has(hex)));
    const path = builder.blobs.path(first.config.digest);
    const bytes = await buffer(await builder.blobs.open(first.config.digest));
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    await writeFile(path, bytes);
    await assert.rejects(verifyLayouts(builder.directory, signal), {
      name: "DemoError",
      message: `the bytes of ${path} are not those of its name`,
    });
  });
});

const namesOf = ({ manifest, config, layers }: BuiltImage): readonly string[] =>
  [manifest, config, ...layers.map(({ descriptor }) => descriptor)].map(({ digest }) =>
    digest.replace("sha256:", ""),
  );
