import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Incoming } from "./incoming.ts";
import { createPool } from "./pool.ts";

const KIB = 1024;
const PIECE_BYTES = 64 * KIB;
const range = { piece: 3, offset: 16 * KIB, bytes: 16 * KIB };

function aPeer() {
  const peer = { discarded: 0, discardBlock: () => peer.discarded++ };
  return peer;
}

function anIncoming(): Incoming {
  const incoming = new Incoming(createPool(1024 * KIB));
  incoming.expect(range.piece);
  return incoming;
}

describe("Incoming", () => {
  it("keeps a block in its piece", () => {
    const incoming = anIncoming();
    const peer = aPeer();
    incoming.begin(peer, range, PIECE_BYTES)?.fill(7);
    assert.equal(incoming.end(peer, range), "kept");
    const slot = incoming.takeOut(range.piece);
    assert.deepEqual(slot?.bytes.subarray(range.offset, range.offset + 2), Buffer.from([7, 7]));
  });

  it("keeps the first copy of a block, and calls the other one surplus", () => {
    const incoming = anIncoming();
    const [quick, slow] = [aPeer(), aPeer()];
    incoming.begin(slow, range, PIECE_BYTES);
    incoming.begin(quick, range, PIECE_BYTES)?.fill(7);
    assert.equal(incoming.end(quick, range), "kept");
    assert.equal(slow.discarded, 1);
    assert.equal(incoming.end(slow, range), "surplus");
  });

  it("calls a block surplus when its piece is not wanted any more", () => {
    const incoming = anIncoming();
    const peer = aPeer();
    incoming.begin(peer, range, PIECE_BYTES);
    incoming.abandon(range.piece);
    assert.equal(incoming.end(peer, range), "surplus");
  });

  it("calls a block lost when its piece was given up while it came in, and is wanted again", () => {
    const incoming = anIncoming();
    const peer = aPeer();
    incoming.begin(peer, range, PIECE_BYTES);
    incoming.abandon(range.piece);
    incoming.expect(range.piece);
    assert.equal(incoming.end(peer, range), "lost");
    incoming.begin(peer, range, PIECE_BYTES);
    assert.equal(incoming.end(peer, range), "kept");
  });

  it("calls a block lost when it began while nobody wanted its piece, and is wanted by now", () => {
    const incoming = anIncoming();
    const peer = aPeer();
    incoming.abandon(range.piece);
    assert.equal(incoming.begin(peer, range, PIECE_BYTES), undefined);
    incoming.expect(range.piece);
    assert.equal(incoming.end(peer, range), "lost");
  });
});
