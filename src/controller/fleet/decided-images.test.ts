import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { aDigest, aLayer, anImage, aResolvedImage, aSpec } from "../testing/a-world.ts";
import { DecidedImages } from "./decided-images.ts";

const decided = (...layers: readonly string[]) => ({
  spec: aSpec(),
  image: aResolvedImage([anImage(layers.map((name) => aLayer(name)))]),
});

describe("the images that were decided about", () => {
  const images = new DecidedImages();
  images.set("a", decided("base", "of a"));
  images.set("b", decided("base", "of b"));
  images.set("c", decided("of c"));

  it("tell which distributions want a layer, and which share one", () => {
    assert.deepEqual([...images.wanting(aDigest("base"))], ["a", "b"]);
    assert.deepEqual([...images.wanting(aDigest("unknown"))], []);
    assert.deepEqual(
      ["a", "b", "c", "d"].map((key) => [...images.sharing(key)]),
      [["b"], ["a"], [], []],
    );
  });

  it("forget what another image does not want, and all of what is gone", () => {
    images.set("b", decided("of b", "of c"));
    assert.deepEqual([...images.sharing("a")], []);
    assert.deepEqual([...images.sharing("c")], ["b"]);
    images.delete("b");
    assert.deepEqual([images.has("b"), images.get("b")], [false, undefined]);
    assert.deepEqual([...images.wanting(aDigest("of b"))], []);
    assert.deepEqual([...images.sharing("c")], []);
  });
});
