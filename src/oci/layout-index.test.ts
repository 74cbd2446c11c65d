import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { LayoutEntry } from "./layout-index.ts";
import {
  findEntry,
  parseLayoutIndex,
  renderLayoutIndex,
  taggedEntries,
  withEntry,
  withoutEntry,
} from "./layout-index.ts";
import { formatReference, parseReference } from "./reference.ts";
import { anImage } from "./testing/an-image.ts";
import { aReferenceText, propertyRuns } from "./testing/reference-arbitrary.ts";

const one = anImage(["1"]).top;
const two = anImage(["2"]).top;
const reference = (suffix: string) => parseReference(`r.example/app${suffix}`);
const entries = (list: Readonly<Record<string, typeof one>>): readonly LayoutEntry[] =>
  Object.entries(list).reduce<readonly LayoutEntry[]>(
    (before, [suffix, descriptor]) => withEntry(before, reference(suffix), descriptor),
    [],
  );
const parse = (text: string) => parseLayoutIndex(Buffer.from(text), "index.json");
const meaningOf = (list: readonly LayoutEntry[], suffix: string) =>
  findEntry(list, reference(suffix))?.descriptor;

describe("layout index", () => {
  it("reads back the images that it wrote", () => {
    fc.assert(
      fc.property(fc.array(aReferenceText, { maxLength: 5 }), (texts) => {
        const list = texts
          .map(parseReference)
          .reduce<readonly LayoutEntry[]>((before, next) => withEntry(before, next, one), []);
        assert.deepEqual(parse(renderLayoutIndex(list)), list);
      }),
      { numRuns: propertyRuns },
    );
  });

  it("keeps what other tools wrote: names, and annotations of their own", () => {
    const foreign = [
      { descriptor: one, name: "v1" },
      { descriptor: { ...two, annotations: { "io.x": "y" } } },
    ];
    assert.deepEqual(parse(renderLayoutIndex(foreign)), foreign);
  });

  it("gives other tools the tag as the name, and no name to a digest alone", () => {
    const list = entries({ ":1": one, [`@${two.digest}`]: two });
    const { manifests } = JSON.parse(renderLayoutIndex(list));
    assert.deepEqual(
      manifests.map((manifest: { annotations: object }) => manifest.annotations),
      [
        {
          "org.opencontainers.image.ref.name": "1",
          "io.oci-torrent.reference": "r.example/app:1",
        },
        { "io.oci-torrent.reference": `r.example/app@${two.digest}` },
      ],
    );
  });

  it("replaces an image whose tag moved", () => {
    const list = entries({ ":1": one, ":2": one });
    const moved = withEntry(list, reference(":1"), two);
    assert.equal(moved.length, 2);
    assert.equal(meaningOf(moved, ":1"), two);
    assert.equal(withoutEntry(moved, reference(":2")).length, 1);
    assert.equal(withoutEntry(moved, reference(":3")).length, 2);
  });

  it("lets a pinned reference have the tag only when nobody else has", () => {
    const pinned = entries({ [`:1@${one.digest}`]: one });
    assert.equal(meaningOf(pinned, ":1"), one);
    const both = withEntry(pinned, reference(":1"), two);
    assert.equal(meaningOf(both, ":1"), two);
    assert.equal(meaningOf(both, `:1@${one.digest}`), one);
    assert.deepEqual(
      [...taggedEntries(both)].map(([tag, entry]) => [tag, entry.descriptor]),
      [["1", two]],
    );
  });

  it("finds an image by its digest", () => {
    const list = entries({ ":1": one });
    assert.equal(meaningOf(list, `@${one.digest}`), one);
    assert.equal(meaningOf(list, `@${two.digest}`), undefined);
    assert.equal(meaningOf(list, ":2"), undefined);
  });

  it("takes more images than an index of platforms may have", () => {
    const many = Array.from({ length: 1_000 }, (_, at) => ({
      descriptor: one,
      reference: reference(`:${at}`),
    }));
    assert.equal(parse(renderLayoutIndex(many)).length, 1_000);
  });

  const bad = {
    "no JSON": ["{", "it is not JSON"],
    "a list": ["[]", "it is a list, not a JSON object"],
    "another version": ['{"schemaVersion":1}', "its schemaVersion is 1, not 2"],
    "no manifests": ['{"schemaVersion":2}', "manifests is missing, not a list"],
    "a bad reference": [
      renderLayoutIndex(entries({ ":1": one })).replace("r.example/app:1", "../x"),
      '"../x" is not an image reference: it looks like a path; an OCI layout is written as "oci:../x"',
    ],
  } as const;
  for (const [what, [text, why]] of Object.entries(bad)) {
    it(`refuses ${what}`, () => {
      assert.throws(() => parse(text), {
        code: "MANIFEST_INVALID",
        message: `could not read index.json: ${why}`,
      });
    });
  }

  it("names an image in full", () => {
    const [entry] = parse(renderLayoutIndex(entries({ "": one })));
    assert.ok(entry?.reference !== undefined);
    assert.equal(formatReference(entry.reference), "r.example/app:latest");
  });
});
