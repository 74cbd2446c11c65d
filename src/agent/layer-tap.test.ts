import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { type GrowingBlob, pieceLength, type Torrent } from "../bt/index.ts";
import { digestOf, hexOf } from "../oci/index.ts";
import { createLayerTap } from "./layer-tap.ts";

const PIECE = pieceLength(1);
const bytes = Buffer.alloc(2 * PIECE + 100, "layer");
const layer = {
  mediaType: "application/vnd.oci.image.layer.v1.tar",
  digest: digestOf(bytes),
  size: bytes.length,
};
const sha1 = (from: number, to: number) =>
  createHash("sha1").update(bytes.subarray(from, to)).digest("hex");
const hashes = [sha1(0, PIECE), sha1(PIECE, 2 * PIECE), sha1(2 * PIECE, bytes.length)];

function aGrowingBlob() {
  const told: string[] = [];
  const completed: Torrent[] = [];
  const growing: GrowingBlob = {
    pieceWritten: (hash) => void told.push(Buffer.from(hash).toString("hex")),
    restart: () => void told.push("restart"),
    complete: async (torrent) => void completed.push(torrent),
    abandon: async () => void told.push("abandon"),
  };
  return { growing, told, completed };
}

describe("a layer's tap", () => {
  it("tells a piece when it is both hashed and written", () => {
    const { growing, told } = aGrowingBlob();
    const tap = createLayerTap(layer, growing);
    tap.onBytes(bytes.subarray(0, PIECE + 1));
    assert.deepEqual(told, []);
    tap.onWritten(PIECE - 1);
    assert.deepEqual(told, []);
    tap.onWritten(PIECE);
    assert.deepEqual(told, [hashes[0]]);
    assert.equal(Buffer.from(tap.hashes()).toString("hex"), hashes[0]);
    tap.onWritten(PIECE + 1);
    assert.deepEqual(told, [hashes[0]]);
  });

  it("knows the torrent at the end, the short last piece too", async () => {
    const { growing, told, completed } = aGrowingBlob();
    const tap = createLayerTap(layer, growing);
    tap.onBytes(bytes);
    tap.onWritten(bytes.length);
    const torrent = await tap.complete();
    assert.equal(torrent.name, hexOf(layer.digest));
    assert.equal(Buffer.from(torrent.pieces).toString("hex"), hashes.join(""));
    assert.deepEqual(told, hashes);
    assert.deepEqual(completed, [torrent]);
  });

  it("begins anew when what came was wrong", async () => {
    const { growing, told } = aGrowingBlob();
    const tap = createLayerTap(layer, growing);
    tap.onBytes(Buffer.alloc(PIECE, "wrong"));
    tap.onWritten(PIECE);
    tap.onRestart();
    tap.onBytes(bytes);
    tap.onWritten(bytes.length);
    await tap.complete();
    assert.deepEqual(told.slice(1), ["restart", ...hashes]);
  });

  it("works without anybody who wants the pieces early", async () => {
    const tap = createLayerTap(layer);
    tap.onBytes(bytes);
    tap.onWritten(bytes.length);
    assert.equal(Buffer.from((await tap.complete()).pieces).toString("hex"), hashes.join(""));
    await tap.abandon();
  });
});
