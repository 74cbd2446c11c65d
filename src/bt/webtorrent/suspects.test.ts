import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Suspects } from "./suspects.ts";

const block = (value: number) => new Uint8Array(4).fill(value);
const truth = Buffer.concat([block(1), block(2)]);

describe("suspects", () => {
  it("knows who gave the whole of a bad piece", () => {
    const suspects = new Suspects<string>();
    suspects.received(3, 0, block(9), "liar");
    suspects.received(3, 4, block(2), "liar");
    assert.deepEqual(suspects.failed(3), { kind: "sole", source: "liar" });
  });

  it("blames nobody yet for a bad piece that several gave", () => {
    const suspects = new Suspects<string>();
    suspects.received(3, 0, block(9), "liar");
    suspects.received(3, 4, block(2), "honest");
    assert.deepEqual(suspects.failed(3), { kind: "shared", sources: ["liar", "honest"] });
  });

  it("finds the liar once the right bytes are there", () => {
    const suspects = new Suspects<string>();
    suspects.received(3, 0, block(9), "liar");
    suspects.received(3, 4, block(2), "honest");
    suspects.failed(3);
    assert.deepEqual(suspects.proven(3, truth), ["liar"]);
    assert.deepEqual(suspects.proven(3, truth), []);
  });

  it("finds nobody when a piece is right at once", () => {
    const suspects = new Suspects<string>();
    suspects.received(0, 0, block(1), "honest");
    assert.deepEqual(suspects.proven(0, truth), []);
  });

  it("holds the first of two blocks for the same place", () => {
    const suspects = new Suspects<string>();
    assert.equal(suspects.received(0, 0, block(9), "liar"), true);
    assert.equal(suspects.received(0, 0, block(1), "late"), false);
    assert.deepEqual(suspects.failed(0), { kind: "sole", source: "liar" });
  });

  it("remembers at most 64 disputed pieces", () => {
    const suspects = new Suspects<string>();
    for (let piece = 0; piece < 65; piece += 1) {
      suspects.received(piece, 0, block(9), "liar");
      suspects.received(piece, 4, block(2), "honest");
      suspects.failed(piece);
    }
    assert.deepEqual(suspects.proven(63, truth), ["liar"]);
    assert.deepEqual(suspects.proven(64, truth), []);
  });
});
