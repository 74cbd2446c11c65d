import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BlobKey } from "./messages.ts";
import { aSwarm, finish, MB, type Swarm } from "./testing/swarm.ts";

const retracted = { on: "issuerList", answer: "retracted" } as const;

function aFetchingSwarm(): { swarm: Swarm; key: BlobKey } {
  const swarm = aSwarm({ leechers: 6, bps: 12_500_000, layers: [50 * MB], origin: "fetching" });
  const [layer] = swarm.layers;
  assert.ok(layer);
  return { swarm, key: layer.key };
}

/** What nodes know of each other's pieces, and what they have asked for. */
const traces = ({ leechers }: Swarm, key: BlobKey) =>
  leechers.map(({ core }) => ({
    inFlight: core.stats().inFlightBytes,
    pool: core.stats().poolBytes,
    copies: core
      .explain(key)
      .copiesHistogram.slice(1)
      .reduce((sum, pieces) => sum + pieces, 0),
  }));

describe("a hash list that its issuer takes back half-way", () => {
  it("leaves nothing behind", () => {
    const { swarm, key } = aFetchingSwarm();
    const { network, origin, leechers } = swarm;
    network.run(swarm.boundMs / 2, () => false);
    assert.ok(traces(swarm, key).every(({ inFlight, copies }) => inFlight > 0 && copies > 0));

    network.issuer = () => "retracted";
    network.tell(origin, { ...retracted, key });
    network.run(swarm.boundMs / 2 + 500, () => false);
    assert.deepEqual(
      traces(swarm, key),
      leechers.map(() => ({ inFlight: 0, pool: 0, copies: 0 })),
    );
    for (const { core } of leechers) {
      assert.match(
        core
          .explain(key)
          .findings.map(({ code }) => code)
          .join(),
        /NoHashes/,
      );
      assert.equal(core.stats().retractions, 1);
    }
  });

  it("costs no piece that the next list has as well", () => {
    const { swarm, key } = aFetchingSwarm();
    const { network, origin } = swarm;
    network.at(swarm.boundMs / 2, () => {
      network.tell(origin, { ...retracted, key });
      const lease = { generation: 2, issuer: 2, fromPiece: 0 };
      network.grant(origin, key, lease);
    });
    const without = finish(aFetchingSwarm().swarm);
    const outcome = finish(swarm);
    for (const { core } of swarm.leechers) {
      assert.ok(core.stats().receivedBytes <= 1.05 * swarm.bytes, `${core.stats().receivedBytes}`);
    }
    // The origin fetches the first half once more, and the others have it already.
    assert.ok(outcome.ratio <= without.ratio + 0.6, `${outcome.ratio} against ${without.ratio}`);
  });
});
