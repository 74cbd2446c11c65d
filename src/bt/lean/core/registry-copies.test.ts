// How much leaves the registry when several zones fetch the same image, in virtual time.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Lease } from "./messages.ts";
import { Network } from "./testing/network.ts";
import type { Node } from "./testing/node.ts";
import { aContent, aSpec, finishedMs, MB } from "./testing/swarm.ts";

const MIB = 1024 * 1024;
const LINK_BPS = 12_500_000;
/** As agents of a cluster have it: who has a lease takes what nobody brings for half a second. */
const policy = { leaseMs: 500, leaseJitterMs: 250, listenMs: 500 };

type Zones = {
  readonly zones: number;
  /** Of each layer. */
  readonly mebibytes: readonly number[];
  readonly leechers: number;
  /** What each node limits itself to, bytes a second, in turns. */
  readonly limits: readonly number[];
  readonly apartMs: number;
  readonly seed: number;
};

/** A seeder a zone, each with a lease for every layer, and leechers. */
function inZones({ zones, mebibytes, leechers, limits, apartMs, seed }: Zones) {
  const network = new Network({ seed });
  network.registry.bps = 8 * LINK_BPS;
  network.registry.aheadBytes = 2 * MIB;
  const layers = mebibytes.map((mib, rank) => aContent(`layer ${rank}`, mib * MIB));
  for (const layer of layers) network.contents.set(layer.key, layer);
  let generation = 1;
  network.lease = (node: Node): Lease | undefined => {
    if (!node.name.startsWith("seeder")) return undefined;
    generation += 1;
    return { generation, issuer: generation, fromPiece: 0 };
  };
  const nodes = Array.from({ length: zones * (1 + leechers) }, (_, index) => {
    const limit = limits[index % limits.length] ?? 0;
    return network.addNode({
      name: index < zones ? `seeder ${index}` : `leecher ${index}`,
      zone: `zone ${index % zones}`,
      upBps: LINK_BPS,
      downBps: LINK_BPS,
      downloadBps: limit,
      registryBps: limit,
      policy,
    });
  });
  for (const [index, node] of nodes.entries()) {
    network.at(index * apartMs, () => {
      for (const [rank, layer] of layers.entries()) network.want(node, aSpec(layer, { rank }));
    });
  }
  const isDone = () => nodes.every((node) => finishedMs(node, layers) !== undefined);
  const isFinished = network.run(1_000_000, isDone);
  const bytes = layers.reduce((sum, { size }) => sum + size, 0);
  return { isFinished, copies: network.registry.sentBytes / bytes, network };
}

describe("seeders of several zones that limit their downloads", () => {
  it("begin one stream a layer and zone, however slowly pieces come", () => {
    const zones = { zones: 2, mebibytes: [4, 3, 2, 1, 1, 1], leechers: 2, apartMs: 5, seed: 1 };
    for (const limits of [[500_000], [500_000, 1_000_000], [2_000_000, 400_000]]) {
      const { isFinished, copies, network } = inZones({ ...zones, limits });
      assert.ok(isFinished);
      assert.ok(copies > 1 && copies <= 2, `${copies} copies at ${limits}`);
      assert.ok(network.registry.streams <= 12, `${network.registry.streams} at ${limits}`);
    }
  });

  it("take no more copies than they are, and everybody gets everything", () => {
    const some = {
      zones: fc.integer({ min: 1, max: 3 }),
      mebibytes: fc.array(fc.integer({ min: 1, max: 24 }), { minLength: 1, maxLength: 6 }),
      leechers: fc.integer({ min: 0, max: 3 }),
      limits: fc.array(fc.integer({ min: 200_000, max: 4 * MB }), { minLength: 1, maxLength: 4 }),
      apartMs: fc.nat(1_500),
      seed: fc.nat(1_000_000),
    };
    let most = 0;
    fc.assert(
      fc.property(fc.record(some), (zones) => {
        const { isFinished, copies } = inZones(zones);
        assert.ok(isFinished);
        assert.ok(copies >= 1 && copies <= zones.zones, `${copies} copies`);
        most = Math.max(most, copies);
      }),
      { numRuns: 20 },
    );
    assert.ok(most > 1);
  });
});

describe("a seeder that is overtaken", () => {
  /** By a node that has everything, while it fetches slowly; or by nobody. */
  function overtaken(joinsMs: number | undefined) {
    const network = new Network({ seed: 1 });
    const layer = aContent("layer", 60 * MB);
    network.contents.set(layer.key, layer);
    const link = { upBps: LINK_BPS, downBps: LINK_BPS, policy };
    const seeder = network.addNode({ name: "seeder", ...link, registryBps: 2 * MB });
    const lease = { generation: 1, issuer: 1, fromPiece: 0 };
    network.want(seeder, aSpec(layer, { lease }));
    if (joinsMs !== undefined) {
      network.at(joinsMs, () => {
        network.want(network.addNode({ name: "late", ...link }), aSpec(layer, { proven: true }));
      });
    }
    assert.ok(network.run(100_000, () => finishedMs(seeder, [layer]) !== undefined));
    return network.registry.sentBytes / layer.size;
  }

  it("leaves in the registry what came from there, and else takes all of it", () => {
    assert.equal(overtaken(undefined), 1);
    const copies = overtaken(5_000);
    assert.ok(copies > 0.15 && copies < 0.4, `${copies} copies`);
  });
});
