import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { digestOf } from "./digest.ts";
import { parseDocument } from "./manifest.ts";
import {
  DOCKER_LIST,
  DOCKER_MANIFEST,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_MANIFEST,
} from "./media-types.ts";
import { propertyRuns } from "./testing/reference-arbitrary.ts";

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
const withLayer = (change: object) => ({ ...manifest, layers: [{ ...layer, ...change }] });

describe("parseDocument", () => {
  it("reads an OCI manifest", () => {
    assert.deepEqual(parse(manifest, OCI_MANIFEST), {
      kind: "manifest",
      mediaType: OCI_MANIFEST,
      config,
      layers: [layer],
    });
  });
  it("reads an OCI index", () => {
    assert.deepEqual(parse(index, `${OCI_INDEX}; charset=utf-8`), {
      kind: "index",
      mediaType: OCI_INDEX,
      manifests: [entry],
    });
  });
  it("reads every field of a descriptor, and leaves out what is empty", () => {
    const full = {
      ...entry,
      platform: { os: "linux", architecture: "arm", variant: "v7" },
      annotations: { "a\u0007b": "c\nd" },
      urls: ["https://r.example/x"],
      artifactType: "application/x",
    };
    const hollow = {
      ...entry,
      platform: { os: "", architecture: "" },
      annotations: null,
      urls: [],
      artifactType: "",
      data: null,
    };
    const read = parse({ ...index, manifests: [{ ...full, "io.x": [] }, hollow] });
    const { platform: _, ...bare } = entry;
    assert.deepEqual(read, { kind: "index", mediaType: OCI_INDEX, manifests: [full, bare] });
  });

  const kinds: Readonly<Record<string, readonly [unknown, string | undefined, string]>> = {
    "a docker manifest": [
      { ...manifest, mediaType: DOCKER_MANIFEST },
      DOCKER_MANIFEST,
      DOCKER_MANIFEST,
    ],
    "a docker manifest list": [{ ...index, mediaType: DOCKER_LIST }, DOCKER_LIST, DOCKER_LIST],
    "a manifest that the header alone names": [
      { ...manifest, mediaType: undefined },
      OCI_MANIFEST,
      OCI_MANIFEST,
    ],
    "a manifest that nobody names": [
      { ...manifest, mediaType: undefined },
      undefined,
      OCI_MANIFEST,
    ],
    "an index that nobody names": [
      { ...index, mediaType: undefined },
      "application/json",
      OCI_INDEX,
    ],
    "a manifest sent as plain text": [manifest, "text/plain; charset=utf-8", OCI_MANIFEST],
    "a media type in capitals": [
      { ...manifest, mediaType: OCI_MANIFEST.toUpperCase() },
      OCI_MANIFEST.toUpperCase(),
      OCI_MANIFEST,
    ],
    "an empty index": [{ ...index, manifests: [] }, OCI_INDEX, OCI_INDEX],
    "a manifest without layers": [{ ...manifest, layers: [] }, OCI_MANIFEST, OCI_MANIFEST],
    "the same layer twice": [{ ...manifest, layers: [layer, layer] }, OCI_MANIFEST, OCI_MANIFEST],
    "128 layers": [{ ...manifest, layers: Array(128).fill(layer) }, OCI_MANIFEST, OCI_MANIFEST],
    "64 manifests": [{ ...index, manifests: Array(64).fill(entry) }, OCI_INDEX, OCI_INDEX],
    "data that is true": [
      withLayer({ data: Buffer.from("layer").toString("base64") }),
      OCI_MANIFEST,
      OCI_MANIFEST,
    ],
    "an empty layer": [withLayer(describedAs(LAYER, "")), OCI_MANIFEST, OCI_MANIFEST],
    "__proto__ and constructor keys": [
      JSON.stringify(manifest).replace(
        "{",
        '{"__proto__":{"mediaType":"x"},"constructor":{"layers":[]},',
      ),
      OCI_MANIFEST,
      OCI_MANIFEST,
    ],
    "1 MiB of annotations": [
      { ...manifest, annotations: { a: "x".repeat(1_048_575) } },
      OCI_MANIFEST,
      OCI_MANIFEST,
    ],
    "4 MiB": [JSON.stringify(manifest).padEnd(4_194_304), OCI_MANIFEST, OCI_MANIFEST],
  };
  for (const [what, [document, header, mediaType]] of Object.entries(kinds)) {
    it(`reads ${what}`, () => assert.equal(parse(document, header).mediaType, mediaType));
  }

  const bad: Readonly<Record<string, readonly [document: unknown, why: string, header?: string]>> =
    {
      "a web page": ["<html>", "it is not JSON"],
      "a JSON array": [[manifest], "it is a list, not a JSON object"],
      "a JSON text": ['"x"', 'it is "x", not a JSON object'],
      null: ["null", "it is null, not a JSON object"],
      "10,000 levels": ["[".repeat(10_000), "it is nested deeper than 32 levels"],
      "a key twice": [
        `{"schemaVersion":2,"schemaVersion":2}`,
        'the key "schemaVersion" stands twice in an object',
      ],
      "4 MiB and a byte": [
        JSON.stringify(manifest).padEnd(4_194_305),
        "it has 4194305 bytes, more than 4194304",
      ],
      "no schemaVersion": [
        { ...manifest, schemaVersion: undefined },
        "its schemaVersion is missing, not 2",
      ],
      "schemaVersion as a text": [
        { ...manifest, schemaVersion: "2" },
        'its schemaVersion is "2", not 2',
      ],
      "schemaVersion 3": [{ ...manifest, schemaVersion: 3 }, "its schemaVersion is 3, not 2"],
      "a media type other than the header's": [
        manifest,
        `it says that it is "${OCI_MANIFEST}", but was sent as "${OCI_INDEX}"`,
        OCI_INDEX,
      ],
      "an unknown media type": [
        { ...manifest, mediaType: "application/x" },
        'its media type is "application/x", neither an index nor a manifest',
      ],
      "an unknown header": [
        { ...manifest, mediaType: undefined },
        'its media type is "text/html", neither an index nor a manifest',
        "text/html",
      ],
      "a media type that is a number": [
        { ...manifest, mediaType: 1 },
        "mediaType is 1, not a text",
      ],
      "layers and manifests": [{ ...manifest, manifests: [] }, "it has both manifests and layers"],
      "an index that has no manifests": [
        { ...index, manifests: undefined },
        "manifests is missing, not a list",
      ],
      "manifests in an object": [{ ...index, manifests: {} }, "manifests is an object, not a list"],
      "65 manifests": [
        { ...index, manifests: Array(65).fill(entry) },
        "it lists 65 manifests, more than 64",
      ],
      "10,000 manifests": [
        { ...index, manifests: Array(10_000).fill(entry) },
        "it lists 10000 manifests, more than 64",
      ],
      "129 layers": [
        { ...manifest, layers: Array(129).fill(layer) },
        "it lists 129 layers, more than 128",
      ],
      "no layers": [{ ...manifest, layers: undefined }, "layers is missing, not a list"],
      "no config": [{ ...manifest, config: undefined }, "config is missing, not a descriptor"],
      "a layer that is a text": [
        { ...manifest, layers: ["x"] },
        'layers[0] is "x", not a descriptor',
      ],
      "a layer that is null": [
        { ...manifest, layers: [null] },
        "layers[0] is null, not a descriptor",
      ],
      "a config of a layer's type": [
        { ...manifest, config: { ...config, mediaType: LAYER } },
        `config.mediaType is "${LAYER}", the type of a layer`,
      ],
      "an image config without bytes": [
        { ...manifest, config: describedAs(OCI_CONFIG, "") },
        "config.size is 0, but an image has a config",
      ],
      "a layer that is the config": [
        { ...manifest, layers: [layer, config] },
        "layers[1] is the config itself",
      ],
      "size as a text": [withLayer({ size: "5" }), 'layers[0].size is "5", not a number of bytes'],
      "no size": [
        withLayer({ size: undefined }),
        "layers[0].size is missing, not a number of bytes",
      ],
      "a negative size": [withLayer({ size: -1 }), "layers[0].size is -1, not a number of bytes"],
      "a size with a fraction": [
        withLayer({ size: 1.5 }),
        "layers[0].size is 1.5, not a number of bytes",
      ],
      "size 2^53": [
        withLayer({ size: 2 ** 53 }),
        "layers[0].size is 9007199254740992, not a number of bytes",
      ],
      "two sizes of one layer": [
        { ...manifest, layers: [layer, { ...layer, size: 6 }] },
        `${layer.digest} has two sizes in its config and layers: 5 and 6`,
      ],
      "no digest": [withLayer({ digest: undefined }), "layers[0].digest is missing, not a text"],
      "a short digest": [
        withLayer({ digest: "sha256:beef" }),
        'layers[0].digest is "sha256:beef", not a sha256 digest',
      ],
      "another algorithm": [
        withLayer({ digest: `sha512:${"0".repeat(128)}` }),
        `layers[0].digest is "sha512:${"0".repeat(93)}...", not a sha256 digest`,
      ],
      "a path as digest": [
        withLayer({ digest: "sha256:../../x" }),
        'layers[0].digest is "sha256:../../x", not a sha256 digest',
      ],
      "a layer without media type": [
        withLayer({ mediaType: undefined }),
        "layers[0].mediaType is missing, not a text",
      ],
      "a layer of no media type": [
        withLayer({ mediaType: "layer" }),
        'layers[0].mediaType is "layer", not a media type',
      ],
      "data longer than size": [
        withLayer({ data: Buffer.from("layers").toString("base64") }),
        "layers[0].data has 6 bytes, but layers[0].size is 5",
      ],
      "data of another digest": [
        withLayer({ data: Buffer.from("LAYER").toString("base64") }),
        `layers[0].data does not have the digest ${layer.digest}`,
      ],
      "data that is no text": [withLayer({ data: [] }), "layers[0].data is a list, not a text"],
      "urls that are numbers": [withLayer({ urls: [1] }), "layers[0].urls is not a list of texts"],
      "annotations in a list": [
        withLayer({ annotations: [] }),
        "layers[0].annotations is a list, not an object",
      ],
      "an annotation that is a number": [
        { ...manifest, annotations: { a: 1 } },
        'annotations["a"] is 1, not a text',
      ],
      "more than 1 MiB of annotations": [
        {
          ...withLayer({ annotations: { a: "x".repeat(600_000) } }),
          annotations: { b: "x".repeat(600_000) },
        },
        "its annotations have more than 1048576 bytes",
      ],
      "a platform in a text": [
        { ...index, manifests: [{ ...entry, platform: "linux/amd64" }] },
        'manifests[0].platform is "linux/amd64", not an object',
      ],
      "a platform with slashes": [
        { ...index, manifests: [{ ...entry, platform: { os: "linux", architecture: "arm/v7" } }] },
        'manifests[0].platform.architecture is "arm/v7", not the name of one',
      ],
      "a platform of numbers": [
        { ...index, manifests: [{ ...entry, platform: { os: 1 } }] },
        "manifests[0].platform.os is 1, not a text",
      ],
    };
  for (const [what, [document, why, header]] of Object.entries(bad)) {
    it(`refuses ${what}`, () => {
      const message = `could not read the manifest: ${why}`;
      assert.throws(() => parse(document, header), { code: "MANIFEST_INVALID", message });
    });
  }

  const SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1";
  const unsupported: Readonly<Record<string, readonly [unknown, string | undefined, string]>> = {
    "docker schema 1": [{ schemaVersion: 1, fsLayers: [] }, undefined, "docker schema 1 manifest"],
    "signed docker schema 1": [
      { schemaVersion: 1, fsLayers: [] },
      `${SCHEMA_1}+prettyjws`,
      "docker schema 1 manifest",
    ],
    "docker schema 1 by its own word": [
      { schemaVersion: 1, mediaType: `${SCHEMA_1}+json` },
      undefined,
      "docker schema 1 manifest",
    ],
    "the OCI artifact manifest": [
      { mediaType: "application/vnd.oci.artifact.manifest.v1+json" },
      undefined,
      "withdrawn OCI artifact manifest",
    ],
  };
  for (const [what, [document, header, name]] of Object.entries(unsupported)) {
    it(`refuses ${what} by name`, () => {
      const message = `could not read the manifest: it is a ${name}; push the image again with a current tool`;
      assert.throws(() => parse(document, header), { code: "UNSUPPORTED", message });
    });
  }

  it("answers any bytes with a document or with an error of its own", () => {
    const seeds = [bytesOf(manifest), bytesOf(index)];
    const mutation = fc.record({
      seed: fc.constantFrom(...seeds),
      edits: fc.array(fc.tuple(fc.nat(400), fc.uint8Array({ maxLength: 4 }), fc.nat(3)), {
        minLength: 1,
        maxLength: 4,
      }),
    });
    fc.assert(
      fc.property(mutation, ({ seed, edits }) => {
        let bytes: Buffer = seed;
        for (const [at, insert, cut] of edits) {
          bytes = Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + cut)]);
        }
        try {
          assert.ok(["index", "manifest"].includes(parseDocument(bytes).kind));
        } catch (error) {
          const { code } = error as { code?: string };
          assert.ok(code === "MANIFEST_INVALID" || code === "UNSUPPORTED", String(error));
        }
      }),
      { numRuns: propertyRuns },
    );
  });

  it("answers any JSON in place of a field with a document or with an error of its own", () => {
    const field = fc.constantFrom("schemaVersion", "mediaType", "config", "layers", "annotations");
    fc.assert(
      fc.property(field, fc.jsonValue({ maxDepth: 3 }), (key, value) => {
        try {
          parse({ ...manifest, [key]: value });
        } catch (error) {
          const { code } = error as { code?: string };
          assert.ok(code === "MANIFEST_INVALID" || code === "UNSUPPORTED", String(error));
        }
      }),
      { numRuns: propertyRuns },
    );
  });
});
