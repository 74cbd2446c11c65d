import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { ObjectCache } from "./object-cache.ts";

const at = (name: string, version: number, uid = `uid-${name}`) => ({
  metadata: { name, uid, resourceVersion: `${version}` },
});

describe("a copy of objects", () => {
  let cache: ObjectCache;
  const held = () =>
    [...cache.values()].map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`);
  beforeEach(() => {
    cache = new ObjectCache();
    cache.replace([at("a", 10), at("b", 12)], "20");
  });

  it("tells what a list brings, takes and leaves", () => {
    const changes = cache.replace([at("b", 12), at("c", 21)], "30");
    assert.deepEqual(changes, [
      { type: "deleted", key: "a", previous: at("a", 10) },
      { type: "added", key: "c", object: at("c", 21) },
    ]);
  });

  it("believes a list, also one that is older than what it held", () => {
    assert.equal(cache.replace([at("a", 5)], "6").length, 2);
    assert.deepEqual(held(), ["a@5"]);
    assert.equal(cache.put(at("a", 7)).length, 1);
  });

  it("tells of a change once, however often it is told of it", () => {
    const [previous, object] = [at("a", 10), at("a", 21)];
    assert.deepEqual(cache.put(object), [{ type: "updated", key: "a", object, previous }]);
    assert.deepEqual(cache.put(object), []);
  });

  it("keeps the newest when told in the wrong order", () => {
    cache.put(at("a", 23));
    assert.deepEqual(cache.put(at("a", 22)), []);
    assert.deepEqual(cache.delete(at("a", 21)), []);
    assert.deepEqual(held(), ["a@23", "b@12"]);
  });

  it("does not bring back what went", () => {
    assert.equal(cache.delete(at("a", 25)).length, 1);
    assert.deepEqual(cache.put(at("a", 24)), []);
    assert.deepEqual(cache.delete(at("c", 27)), []);
    assert.deepEqual(cache.put(at("c", 26)), []);
    assert.equal(cache.put(at("a", 28, "other")).length, 1);
  });

  it("does not bring back what went before a bookmark, which it has forgotten", () => {
    cache.delete(at("a", 25));
    cache.bookmark("30");
    assert.deepEqual(cache.put(at("a", 24)), []);
    assert.equal(cache.put(at("a", 31)).length, 1);
  });

  it("tells that one object took the name of another", () => {
    const [previous, object] = [at("a", 10), at("a", 21, "other")];
    assert.deepEqual(cache.put(object), [
      { type: "deleted", key: "a", previous },
      { type: "added", key: "a", object },
    ]);
  });

  it("compares versions as numbers of any length", () => {
    cache.replace([at("a", 9)], "9");
    assert.equal(cache.put(at("a", 10)).length, 1);
    const huge = { metadata: { ...at("a", 1).metadata, resourceVersion: "9".repeat(30) } };
    assert.equal(cache.put(huge).length, 1);
  });

  it("remembers ten thousand that went, and forgets the oldest first", () => {
    for (let i = 0; i <= 10_000; i += 1) cache.delete(at(`gone-${i}`, 100 + i));
    assert.deepEqual(cache.put(at("gone-1", 99)), []);
    assert.equal(cache.put(at("gone-0", 99)).length, 1);
  });
});
