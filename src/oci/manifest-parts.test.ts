import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Descriptor } from "./descriptor.ts";
import { digestOf } from "./digest.ts";
import {
  childrenOf,
  foreignLayers,
  isArtifact,
  parseDescribed,
  parseDocument,
} from "./manifest.ts";
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from "./media-types.ts";

const LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";
const describedAs = (mediaType: string, text: string) => ({
  mediaType,
  digest: digestOf(Buffer.from(text)) as string,
  size: Buffer.byteLength(text),
});
const config = describedAs(OCI_CONFIG, "{}");
const layer = describedAs(LAYER, "layer");
const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [layer] };
const entry = {
  ...describedAs(OCI_MANIFEST, "manifest"),
  platform: { os: "linux", architecture: "amd64" },
};
const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [entry] };
const bytesOf = (value: unknown) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
const parse = (value: unknown, header?: string) => parseDocument(bytesOf(value), header);

describe("parseDescribed", () => {
  const bytes = bytesOf(manifest);
  const descriptor: Descriptor = {
    mediaType: OCI_MANIFEST,
    digest: digestOf(bytes),
    size: bytes.length,
  };
  it("reads the bytes of its descriptor", () => {
    assert.equal(parseDescribed(bytes, descriptor).kind, "manifest");
  });
  it("refuses other bytes", () => {
    const other = bytesOf(index);
    assert.throws(() => parseDescribed(other, descriptor), {
      code: "BLOB_CORRUPT",
      message: `could not read ${descriptor.digest}: its ${other.length} bytes are not the ${bytes.length} bytes of that digest`,
    });
    const flipped = Buffer.from(bytes);
    flipped[3] = 0x20;
    assert.throws(() => parseDescribed(flipped, descriptor), { code: "BLOB_CORRUPT" });
  });
});

describe("a document", () => {
  const read = (value: unknown) => {
    const document = parse(value);
    assert.ok(document.kind === "manifest");
    return document;
  };
  it("names its children once each", () => {
    assert.deepEqual(childrenOf(parse({ ...manifest, layers: [layer, layer] })), [config, layer]);
    assert.deepEqual(childrenOf(parse(index)), [entry]);
  });
  it("is an artifact when it has no image config", () => {
    const empty = describedAs("application/vnd.oci.empty.v1+json", "{}");
    const chart = { ...manifest, artifactType: "application/x", config: empty, layers: [empty] };
    assert.equal(isArtifact(read(manifest)), false);
    assert.equal(isArtifact(read(chart)), true);
    assert.equal(read(chart).artifactType, "application/x");
  });
  it("tells which layers may be elsewhere", () => {
    const foreign = [
      { ...describedAs(LAYER, "a"), urls: ["https://r.example/a"] },
      describedAs("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "b"),
      describedAs("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", "c"),
    ];
    const found = foreignLayers(read({ ...manifest, layers: [layer, ...foreign] }));
    assert.deepEqual(found, foreign);
  });
});
