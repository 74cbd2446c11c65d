// What goes first, of images and of one image's layers, in virtual time.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { allFinishedMs, aSwarm, finish, MB, type Swarm } from "./testing/swarm.ts";

const LINK_BPS = 12_500_000;

/** Two images of two layers each; of the second, with this priority, everybody hears when the first is on its way. */
function twoImages(priority: number): Swarm {
  return aSwarm({
    leechers: 4,
    bps: LINK_BPS,
    layers: [20 * MB, 20 * MB, 20 * MB, 20 * MB],
    spec: (layer) => {
      const second = layer > 1;
      const rank = layer % 2;
      return second
        ? { group: "second", priority, rank, startedMs: 1 }
        : { group: "first", priority: 0, rank };
    },
  });
}

/** What the first leecher has of each image at that time, as parts of 1. */
function partsAt(swarm: Swarm, atMs: number): number[] {
  swarm.network.run(atMs, () => false);
  const held = swarm.layers.map(({ key, hashes }) => {
    const pieces = swarm.leechers[0]?.blobs.get(key)?.disk.heldPieces ?? 0;
    return pieces / (hashes.length / 20);
  });
  const [a = 0, b = 0, c = 0, d = 0] = held;
  return [(a + b) / 2, (c + d) / 2];
}

const doneMs = (swarm: Swarm, from: number) =>
  allFinishedMs(swarm, swarm.layers.slice(from, from + 2));

describe("an image of a higher priority", () => {
  const equal = twoImages(0);
  finish(equal);
  const higher = twoImages(10);
  const { ratio } = finish(higher);

  it("is there about as soon as alone, and costs both together next to nothing", () => {
    const aloneMs = higher.boundMs / 2;
    assert.ok(doneMs(higher, 2) <= 1.35 * aloneMs, `${doneMs(higher, 2)} ms of ${aloneMs}`);
    assert.ok(doneMs(higher, 2) < doneMs(equal, 2));
    assert.ok(doneMs(higher, 0) > doneMs(higher, 2));
    assert.ok(ratio <= 1.25, `${ratio}`);
  });

  it("lets the lower one wait, and still come a little", () => {
    const swarm = twoImages(10);
    const [low = 0, high = 0] = partsAt(swarm, doneMs(higher, 2) * 0.8);
    assert.ok(low > 0 && low < 0.35 && high > 0.6, `${low} and ${high}`);
    const [same = 0, other = 0] = partsAt(twoImages(0), doneMs(higher, 2) * 0.8);
    assert.ok(Math.abs(same - other) < 0.15, `${same} and ${other}`);
  });

  it("may be given one while it comes", () => {
    const swarm = twoImages(-10);
    const { network, layers } = swarm;
    network.run(1_000, () => false);
    for (const { key } of layers.slice(2)) {
      for (const node of [swarm.origin, ...swarm.leechers]) {
        const spec = node.blobs.get(key)?.spec;
        assert.ok(spec);
        network.tell(node, { on: "blobWanted", blob: { ...spec, priority: 10 } });
      }
    }
    finish(swarm);
    assert.ok(doneMs(swarm, 2) < doneMs(swarm, 0));
    const lower = twoImages(-10);
    finish(lower);
    assert.ok(doneMs(lower, 2) > doneMs(lower, 0));
  });
});

describe("the layers of an image", () => {
  it("come by their rank, and not in the order in which they were wanted", () => {
    for (const ranks of [
      [0, 1, 2],
      [2, 1, 0],
    ]) {
      const swarm = aSwarm({
        leechers: 4,
        bps: LINK_BPS,
        layers: [15 * MB, 15 * MB, 15 * MB],
        spec: (layer) => ({ rank: ranks[layer] ?? 0 }),
      });
      finish(swarm);
      const times = swarm.layers.map((layer) => allFinishedMs(swarm, [layer]));
      const byRank = ranks.map((_, rank) => times[ranks.indexOf(rank)] ?? 0);
      assert.deepEqual(
        byRank,
        byRank.toSorted((a, b) => a - b),
      );
      assert.ok((byRank[0] ?? 0) < 0.6 * (byRank[2] ?? 0), String(byRank));
    }
  });
});
