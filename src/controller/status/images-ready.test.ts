import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { imagesReady } from "./images-ready.ts";

describe("a node's condition", () => {
  it("is true when nothing is lacking", () => {
    const { type, status, reason } = imagesReady([]);
    assert.deepEqual([type, status, reason], ["oci-torrent.io/ImagesReady", "True", "ImagesReady"]);
  });

  it("is false while something is, and names the first of what is", () => {
    assert.deepEqual(imagesReady(["team/app/u1"]), {
      type: "oci-torrent.io/ImagesReady",
      status: "False",
      reason: "ImagesMissing",
      message: "not on this node yet: the images of team/app",
    });
    const five = ["a", "b", "c", "d", "e"].map((name) => `team/${name}/u`);
    assert.match(imagesReady(five).message, /images of team\/a, team\/b, team\/c, 2 more$/);
  });
});
