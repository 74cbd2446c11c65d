import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Lacking } from "./lacking.ts";

describe("nodes that lack images", () => {
  it("are those of the last decision, and it is told which are others than before", () => {
    const lacking = new Lacking();
    assert.deepEqual(lacking.set("b", new Set(["n1", "n2"])), ["n1", "n2"]);
    assert.deepEqual(lacking.set("a", new Set(["n2"])), ["n2"]);
    assert.deepEqual(
      ["n1", "n2", "n3"].map((node) => lacking.on(node)),
      [["b"], ["a", "b"], []],
    );
    assert.deepEqual(lacking.set("b", new Set(["n2", "n3"])), ["n1", "n3"]);
    assert.deepEqual(lacking.set("b", new Set(["n2", "n3"])), []);
    assert.deepEqual(lacking.set("b", new Set()), ["n2", "n3"]);
    assert.deepEqual(lacking.on("n2"), ["a"]);
  });
});
