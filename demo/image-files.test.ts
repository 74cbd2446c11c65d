import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TOP } from "../tools/top.ts";
import { imageFiles } from "./image-files.ts";

describe("the files of the demo's images", () => {
  it("fill every layer, with Node in one of them", async () => {
    const { first } = await imageFiles(TOP);
    assert.ok(first.length >= 4);
    assert.deepEqual(
      first.filter(({ files }) => files.length === 0),
      [],
    );
    const paths = first.flatMap(({ files }) => files.map(({ path }) => path));
    assert.ok(paths.includes("usr/bin/node"));
    assert.deepEqual(
      paths.filter((path) => path.startsWith("/") || path.includes("..")),
      [],
    );
    assert.equal(new Set(paths).size, paths.length);
  });

  it("are the same in both images but for the last layer", async () => {
    const { first, second } = await imageFiles(TOP);
    assert.deepEqual(second.slice(0, -1), first.slice(0, -1));
    assert.notDeepEqual(second.at(-1), first.at(-1));
  });
});
