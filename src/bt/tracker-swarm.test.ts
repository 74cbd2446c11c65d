import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededRandom } from "./test-blob.ts";
import { type TrackedPeer, TrackerSwarm } from "./tracker-swarm.ts";

const limits = { peers: 10_000, zones: 64, handedOut: 50, expiryMs: 1_000 };
const peer = (number: number, zone = ""): TrackedPeer => ({
  zone,
  peerId: number.toString(16).padStart(40, "0"),
  ip: `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`,
  port: 6881,
});
const swarmOf = (seeders: number, leechers: number) => {
  const swarm = new TrackerSwarm(limits, seededRandom(5));
  for (let i = 0; i < seeders + leechers; i += 1) swarm.seen(peer(i), i < seeders, 0);
  return swarm;
};

describe("a tracker's swarm", () => {
  it("holds 10,000 peers, and puts out none that still announces for one more", () => {
    const swarm = swarmOf(4_000, 6_000);
    assert.deepEqual([swarm.complete, swarm.incomplete], [4_000, 6_000]);
    assert.equal(swarm.seen(peer(10_000), false, 999), false);
    assert.equal(swarm.seen(peer(5), true, 999), true);
    assert.deepEqual([swarm.complete, swarm.incomplete], [4_000, 6_000]);
    assert.equal(swarm.seen(peer(10_000), false, 1_000), true);
    assert.deepEqual([swarm.complete, swarm.incomplete], [1, 1]);
  });

  it("samples different peers, never the one that asks, evenly", () => {
    const swarm = swarmOf(50, 150);
    const asked = Array.from({ length: 200 }, () => 0);
    for (let round = 0; round < 400; round += 1) {
      const sample = swarm.sample(peer(60), false, 50);
      const numbers = sample.map((other) => Number.parseInt(other.peerId, 16));
      assert.equal(new Set(numbers).size, 50);
      for (const number of numbers) asked[number] = (asked[number] ?? 0) + 1;
    }
    assert.equal(asked[60], 0);
    const others = asked.filter((_, number) => number !== 60);
    assert.ok(Math.min(...others) > 60 && Math.max(...others) < 150, `${Math.min(...others)}`);
  });

  it("names all peers when they are few, and no more than are wanted", () => {
    const swarm = swarmOf(1, 2);
    assert.equal(swarm.sample(peer(2), false, 50).length, 2);
    assert.equal(swarm.sample(peer(2), false, 1).length, 1);
    assert.equal(swarm.sample(peer(2), false, 0).length, 0);
    assert.equal(swarm.sample(peer(2), false, -1).length, 0);
    assert.equal(swarmOf(0, 200).sample(peer(2), false, 1e9).length, 50);
  });

  it("gives a seeder leechers alone, from among ten thousand seeders too", () => {
    const swarm = swarmOf(9_000, 1);
    assert.deepEqual(
      swarm.sample(peer(0), true, 50).map((other) => other.ip),
      [peer(9_000).ip],
    );
  });

  it("counts a peer where it is now: leecher, then seeder, then gone", () => {
    const swarm = swarmOf(0, 3);
    swarm.seen(peer(1), true, 1);
    assert.deepEqual([swarm.complete, swarm.incomplete], [1, 2]);
    swarm.gone(peer(1));
    swarm.gone(peer(1));
    assert.deepEqual([swarm.complete, swarm.incomplete], [0, 2]);
  });

  it("names peers of the asker's zone, and four of others; more when its own has few", () => {
    const swarm = new TrackerSwarm(limits, seededRandom(6));
    for (let i = 0; i < 300; i += 1) swarm.seen(peer(i, ["a", "b", "c"][i % 3]), false, 0);
    swarm.seen(peer(300, "d"), false, 0);
    const zonesFor = (number: number, zone: string) =>
      Object.groupBy(swarm.sample(peer(number, zone), false, 50), (other) => other.zone);
    assert.equal(zonesFor(0, "a")["a"]?.length, 46);
    assert.deepEqual(Object.keys(zonesFor(300, "d")).sort(), ["a", "b", "c"]);
    // Who moves is counted where it is now.
    swarm.seen(peer(300, "a"), false, 1);
    assert.equal(zonesFor(300, "a")["a"]?.length, 46);
  });

  it("counts zones beyond so many as none", () => {
    const swarm = new TrackerSwarm({ ...limits, zones: 2 }, seededRandom(7));
    for (const [i, zone] of ["a", "b", "c", "d"].entries()) swarm.seen(peer(i, zone), false, 0);
    const zones = swarm.sample(peer(9), false, 50).map((other) => other.zone);
    assert.deepEqual(zones.sort(), ["", "", "a", "b"]);
  });

  it("forgets who has not announced for long, and only them", () => {
    const swarm = swarmOf(1, 1);
    swarm.seen(peer(7), false, 500);
    swarm.expire(1_100);
    assert.deepEqual([swarm.complete, swarm.incomplete], [0, 1]);
  });

  it("keeps its places right through a thousand changes", () => {
    const random = seededRandom(77);
    const swarm = new TrackerSwarm(limits, random);
    const model = new Map<number, boolean>();
    for (let step = 0; step < 3_000; step += 1) {
      const number = Math.floor(random() * 100);
      if (random() < 0.3) {
        swarm.gone(peer(number));
        model.delete(number);
      } else {
        const complete = random() < 0.5;
        swarm.seen(peer(number), complete, step);
        model.set(number, complete);
      }
    }
    const complete = [...model.values()].filter(Boolean).length;
    assert.deepEqual([swarm.complete, swarm.incomplete], [complete, model.size - complete]);
    const named = new Set<string>();
    for (let round = 0; round < 200; round += 1) {
      for (const other of swarm.sample(peer(500), false, 50)) named.add(other.peerId);
    }
    assert.deepEqual(
      [...named].sort(),
      [...model.keys()].map((number) => peer(number).peerId).sort(),
    );
  });
});
