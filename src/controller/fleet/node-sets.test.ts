import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { WantedImage } from "../../api/index.ts";
import { aDigest } from "../testing/a-world.ts";
import { MOST_IMAGES, NodeSets } from "./node-sets.ts";

const wanted = (key: string, fields: Partial<WantedImage> = {}): WantedImage => ({
  key,
  image: "app:1",
  digest: aDigest("app"),
  platform: "linux/amd64",
  role: "Leecher",
  load: "Never",
  pin: "Never",
  priority: 0,
  revision: "r1",
  ...fields,
});
const on = (nodes: Readonly<Record<string, WantedImage>>) => new Map(Object.entries(nodes));

describe("what nodes are to hold", () => {
  it("is what all distributions want, in the order of their keys", () => {
    const sets = new NodeSets();
    assert.deepEqual(sets.set("b", on({ n1: wanted("b"), n2: wanted("b") })), ["n1", "n2"]);
    assert.deepEqual(sets.set("a", on({ n1: wanted("a") })), ["n1"]);
    assert.deepEqual(sets.imagesOn("n1"), [wanted("a"), wanted("b")]);
    assert.deepEqual(sets.of("b"), on({ n1: wanted("b"), n2: wanted("b") }));
  });

  it("changes for those nodes alone for which something else is wanted", () => {
    const sets = new NodeSets();
    sets.set("a", on({ n1: wanted("a"), n2: wanted("a"), n3: wanted("a") }));
    const next = on({ n1: wanted("a"), n2: wanted("a", { revision: "r2" }), n4: wanted("a") });
    assert.deepEqual(sets.set("a", next).sort(), ["n2", "n3", "n4"]);
    assert.deepEqual(sets.set("a", next), []);
    const urgent = on({ ...Object.fromEntries(next), n1: wanted("a", { priority: 5 }) });
    assert.deepEqual(sets.set("a", urgent), ["n1"]);
    assert.deepEqual(sets.set("a", new Map()).sort(), ["n1", "n2", "n4"]);
    assert.deepEqual([sets.imagesOn("n1"), [...sets.keys()]], [[], []]);
  });

  it("is at most 256 images: no other may come, and those that are there stay", () => {
    const sets = new NodeSets();
    for (let i = 0; i < MOST_IMAGES; i += 1) sets.set(`k${i}`, on({ n1: wanted(`k${i}`) }));
    assert.deepEqual([sets.fullFor("new"), sets.fullFor("k7")], [new Set(["n1"]), new Set()]);
    sets.set("k7", new Map());
    assert.deepEqual(sets.fullFor("new"), new Set());
  });

  it("is to seed for so many others", () => {
    const sets = new NodeSets();
    for (const key of ["a", "b"]) sets.set(key, on({ n1: wanted(key, { role: "Seeder" }) }));
    sets.set("c", on({ n1: wanted("c") }));
    assert.deepEqual(
      ["a", "c"].map((key) => sets.seedsElsewhere("n1", key)),
      [1, 2],
    );
    assert.equal(sets.seedsElsewhere("n2", "a"), 0);
  });
});
