// What nodes that are slow, or die, cost the others; in virtual time, against the same swarm without them.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Lease } from "./messages.ts";
import { defaultPolicy } from "./policy.ts";
import { aSwarm, finish, MB, type Outcome, type Swarm } from "./testing/swarm.ts";

const LINK_BPS = 12_500_000;
const swarmOf = { leechers: 8, bps: LINK_BPS, layers: [50 * MB] };

const p95 = ({ finishedMs }: Outcome) => finishedMs[Math.ceil(finishedMs.length * 0.95) - 1] ?? 0;
const last = ({ finishedMs }: Outcome) => finishedMs.at(-1) ?? 0;
const boundOf = ({ boundMs }: Swarm) => boundMs;

describe("a swarm with one node on a link of a tenth", () => {
  it("makes the others at most 1.10 times as slow", () => {
    const slow = { upBps: LINK_BPS / 10, downBps: LINK_BPS / 10 };
    const swarm = aSwarm({ ...swarmOf, node: (index) => (index === 3 ? slow : {}) });
    const others = finish(swarm, ({ options }) => options.upBps === LINK_BPS);
    const without = finish(aSwarm(swarmOf));
    assert.equal(others.finishedMs.length, 7);
    assert.ok(p95(others) <= 1.1 * p95(without), `${p95(others)} against ${p95(without)}`);
    finish(swarm);
  });
});

describe("a leecher that dies half-way", () => {
  it("costs the others at most 3 s", () => {
    const without = finish(aSwarm(swarmOf));
    const swarm = aSwarm(swarmOf);
    const [victim] = swarm.leechers;
    assert.ok(victim);
    swarm.network.at(boundOf(swarm) / 2, () => swarm.network.kill(victim));
    const outcome = finish(swarm);
    assert.equal(outcome.finishedMs.length, 7);
    assert.ok(last(outcome) <= last(without) + 3_000, `${last(outcome)} against ${last(without)}`);
  });
});

/** As the controller grants it: to one node at a time, and each with a number of its own. */
function grantingOneLease(swarm: Swarm): Lease[] {
  const granted: Lease[] = [];
  swarm.network.lease = () => {
    if (granted.length > 0) return undefined;
    const lease = { generation: 2, issuer: 2, fromPiece: 0 };
    granted.push(lease);
    return lease;
  };
  return granted;
}

describe("an origin that dies when it has fetched 30 %", () => {
  it("is followed by another, which fetches the rest, so that each byte leaves the registry about once", () => {
    const swarm = aSwarm({ ...swarmOf, origin: "fetching" });
    const granted = grantingOneLease(swarm);
    const diesMs = 0.3 * boundOf(swarm);
    swarm.network.at(diesMs, () => swarm.network.kill(swarm.origin));
    const outcome = finish(swarm);
    assert.equal(granted.length, 1);
    assert.ok(outcome.egress >= 1 && outcome.egress <= 1.05, `egress ${outcome.egress}`);
    const without = finish(aSwarm({ ...swarmOf, origin: "fetching" }));
    const { stallMs } = defaultPolicy;
    assert.ok(last(outcome) <= last(without) + stallMs + 5_000, `${last(outcome)}`);
  });

  it("is the end of what was not fetched, when nobody may follow it", () => {
    const swarm = aSwarm({ ...swarmOf, origin: "fetching" });
    swarm.network.at(0.3 * boundOf(swarm), () => swarm.network.kill(swarm.origin));
    assert.throws(() => finish(swarm), /OriginStalled/);
  });
});
