import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, it } from "node:test";
import {
  type BlobStore,
  createMemoryBlobStore,
  type Descriptor,
  digestOf,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_MANIFEST,
} from "../oci/index.ts";
import { createLayoutSource } from "./mirror-layout.ts";
import type { MirrorSource } from "./mirror-source.ts";

const LAYER = "application/vnd.oci.image.layer.v1.tar";

describe("an image layout as the source of a mirror", () => {
  let directory: string;
  let blobs: BlobStore;
  let source: MirrorSource;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "oci-torrent-mirror-"));
    blobs = createMemoryBlobStore();
    source = createLayoutSource({ repository: "demo/app", directory, blobs });
  });
  afterEach(() => rm(directory, { recursive: true }));

  async function keep(mediaType: string, content: string): Promise<Descriptor> {
    const bytes = Buffer.from(content);
    const digest = digestOf(bytes);
    await blobs.put(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  }

  async function keepImage(content: string) {
    const config = await keep(OCI_CONFIG, `{"of":"${content}"}`);
    const layer = await keep(LAYER, content);
    const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [layer] };
    return { top: await keep(OCI_MANIFEST, JSON.stringify(manifest)), config, layer };
  }

  const keepIndex = (manifests: readonly Descriptor[]) =>
    keep(OCI_INDEX, JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }));

  async function list(tags: Readonly<Record<string, Descriptor>>): Promise<void> {
    const manifests = Object.entries(tags).map(([tag, descriptor]) => ({
      ...descriptor,
      annotations: { "org.opencontainers.image.ref.name": tag },
    }));
    const index = { schemaVersion: 2, manifests };
    await writeFile(join(directory, "index.json"), JSON.stringify(index));
  }

  it("finds an image's manifest by tag and by digest, and its blobs", async () => {
    const { top, config, layer } = await keepImage("one");
    await list({ "1": top });
    for (const which of ["1", top.digest]) {
      const found = await source.manifest("demo/app", which);
      assert.equal(found?.descriptor.mediaType, OCI_MANIFEST);
      assert.equal(digestOf(found.bytes), top.digest);
    }
    for (const { digest, size } of [config, layer]) {
      assert.equal((await source.blob("demo/app", digest))?.size, size);
    }
    const opened = await (await source.blob("demo/app", layer.digest))?.open({ start: 1 });
    assert.equal(opened && (await text(opened)), "ne");
  });

  it("finds the manifests of an index by their digests", async () => {
    const { top, layer } = await keepImage("one");
    await list({ "1": await keepIndex([top]) });
    assert.equal((await source.manifest("demo/app", "1"))?.descriptor.mediaType, OCI_INDEX);
    assert.equal(
      (await source.manifest("demo/app", top.digest))?.descriptor.mediaType,
      OCI_MANIFEST,
    );
    assert.notEqual(await source.blob("demo/app", layer.digest), undefined);
  });

  it("keeps manifests, blobs and what no image needs apart", async () => {
    const { top, config, layer } = await keepImage("one");
    const stray = await keep(LAYER, "stray");
    await list({ "1": top });
    assert.equal(await source.manifest("demo/app", layer.digest), undefined);
    assert.equal(await source.manifest("demo/app", config.digest), undefined);
    assert.equal(await source.manifest("demo/app", "2"), undefined);
    assert.equal(await source.blob("demo/app", top.digest), undefined);
    assert.equal(await source.blob("demo/app", stray.digest), undefined);
  });

  it("has one repository", async () => {
    const { top, layer } = await keepImage("one");
    await list({ "1": top });
    assert.equal(await source.hasRepository("demo/app"), true);
    assert.equal(await source.hasRepository("demo/other"), false);
    assert.equal(await source.manifest("demo/other", "1"), undefined);
    assert.equal(await source.blob("demo/other", layer.digest), undefined);
  });

  it("follows a layout that changes", async () => {
    const first = await keepImage("one");
    await list({ "1": first.top });
    assert.equal(await source.manifest("demo/app", "2"), undefined);
    const second = await keepImage("two");
    await list({ "1": first.top, "2": second.top });
    assert.equal((await source.manifest("demo/app", "2"))?.descriptor.digest, second.top.digest);
    assert.notEqual(await source.blob("demo/app", second.layer.digest), undefined);
  });
});
