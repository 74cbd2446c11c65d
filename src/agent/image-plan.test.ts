import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type Descriptor,
  type Digest,
  digestOf,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_MANIFEST,
} from "../oci/index.ts";
import { planImage, type ReadDocument } from "./image-plan.ts";

const LAYER = "application/vnd.oci.image.layer.v1.tar";

/** A place where documents can be put and read by their descriptor. */
function aShelf() {
  const documents = new Map<Digest, Uint8Array>();
  const reads: Digest[] = [];
  const put = (mediaType: string, value: unknown): Descriptor => {
    const bytes = Buffer.from(JSON.stringify(value));
    documents.set(digestOf(bytes), bytes);
    return { mediaType, digest: digestOf(bytes), size: bytes.length };
  };
  const read: ReadDocument = async ({ digest }) => {
    reads.push(digest);
    return documents.get(digest) ?? assert.fail(`${digest} is not on the shelf`);
  };
  return { put, read, reads };
}

const aLayer = (content: string): Descriptor => {
  const bytes = Buffer.from(content);
  return { mediaType: LAYER, digest: digestOf(bytes), size: bytes.length };
};

const aConfig = (architecture: string): Descriptor => ({
  ...aLayer(architecture),
  mediaType: OCI_CONFIG,
});

const aManifest = (config: Descriptor, layers: readonly Descriptor[]) => ({
  schemaVersion: 2,
  mediaType: OCI_MANIFEST,
  config,
  layers,
});

const anIndex = (manifests: readonly Descriptor[]) => ({
  schemaVersion: 2,
  mediaType: OCI_INDEX,
  manifests,
});

const amd64 = { os: "linux", architecture: "amd64" };
const arm64 = { os: "linux", architecture: "arm64" };

describe("planImage", () => {
  it("names each layer of a manifest once, in its order", async () => {
    const shelf = aShelf();
    const config = aConfig("amd64");
    const [base, app] = [aLayer("base"), aLayer("app")];
    const top = shelf.put(OCI_MANIFEST, aManifest(config, [base, app, base]));
    const plan = await planImage(top, { kind: "all" }, shelf.read);
    assert.deepEqual(plan.layers, [base, app]);
    assert.deepEqual(plan.configs, [config]);
    assert.deepEqual(plan.manifests, [top]);
  });

  it("follows an index to the wanted platform alone", async () => {
    const shelf = aShelf();
    const one = shelf.put(OCI_MANIFEST, aManifest(aConfig("amd64"), [aLayer("amd64 layer")]));
    const other = shelf.put(OCI_MANIFEST, aManifest(aConfig("arm64"), [aLayer("arm64 layer")]));
    const top = shelf.put(
      OCI_INDEX,
      anIndex([
        { ...one, platform: amd64 },
        { ...other, platform: arm64 },
      ]),
    );
    const plan = await planImage(top, { kind: "some", platforms: [arm64] }, shelf.read);
    assert.deepEqual(plan.layers, [aLayer("arm64 layer")]);
    assert.equal(shelf.reads.includes(one.digest), false);
    const whole = await planImage(top, { kind: "all" }, shelf.read);
    assert.deepEqual(whole.layers, [aLayer("amd64 layer"), aLayer("arm64 layer")]);
  });

  it("says which platforms there are when the wanted one is not among them", async () => {
    const shelf = aShelf();
    const one = shelf.put(OCI_MANIFEST, aManifest(aConfig("amd64"), [aLayer("x")]));
    const top = shelf.put(OCI_INDEX, anIndex([{ ...one, platform: amd64 }]));
    const wanted = { kind: "some", platforms: [arm64] } as const;
    await assert.rejects(planImage(top, wanted, shelf.read), (error: Error & { code?: string }) => {
      assert.equal(error.code, "PLATFORM_MISSING");
      assert.match(error.message, /linux\/amd64/);
      return true;
    });
  });

  it("refuses indexes nested deeper than two", async () => {
    const shelf = aShelf();
    const nest = (inner: Descriptor) =>
      shelf.put(OCI_INDEX, anIndex([{ ...inner, platform: amd64 }]));
    const manifest = shelf.put(OCI_MANIFEST, aManifest(aConfig("amd64"), [aLayer("deep")]));
    const two = nest(nest(manifest));
    assert.equal((await planImage(two, { kind: "all" }, shelf.read)).layers.length, 1);
    await assert.rejects(planImage(nest(two), { kind: "all" }, shelf.read), {
      code: "MANIFEST_INVALID",
    });
  });

  it("refuses a document whose bytes are not those of its descriptor", async () => {
    const shelf = aShelf();
    const top = shelf.put(OCI_MANIFEST, aManifest(aConfig("amd64"), []));
    const read: ReadDocument = async () => Buffer.from("{}");
    await assert.rejects(planImage(top, { kind: "all" }, read), { code: "BLOB_CORRUPT" });
    assert.deepEqual((await planImage(top, { kind: "all" }, shelf.read)).layers, []);
  });
});
