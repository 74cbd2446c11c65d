// How long the last node takes, in virtual time, against the bound: the time that one link takes for the bytes alone. On the wire each of them costs
// 1.047, so that is the least there can be. Larger swarms are the simulator's.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { aSwarm, finish, MB, type SwarmOptions } from "./testing/swarm.ts";

const MBIT = 1_000_000 / 8;

type Gate = SwarmOptions & { readonly atMost: number; readonly copies: number };

const gates: Record<string, Gate> = {
  "8 leechers of one layer": {
    leechers: 8,
    bps: 100 * MBIT,
    layers: [100 * MB],
    atMost: 1.15,
    copies: 1.12,
  },
  "8 leechers of one layer that the origin is still fetching as fast as its link": {
    leechers: 8,
    bps: 100 * MBIT,
    layers: [100 * MB],
    origin: "fetching",
    atMost: 1.2,
    copies: 1.12,
  },
  "8 leechers of six layers": {
    leechers: 8,
    bps: 100 * MBIT,
    layers: [60 * MB, 20 * MB, 10 * MB, 5 * MB, 4 * MB, MB],
    atMost: 1.2,
    copies: 1.12,
  },
};

/** Where a machine gives each node its turn only so often. */
const LATE_GATES = { 20: 1.2, 50: 2.2 };

const SEEDS = [1, 2, 3];

describe("the makespan", () => {
  for (const [what, { atMost, copies, ...options }] of Object.entries(gates)) {
    it(`of ${what} is at most ${atMost} times the bound, and the origin sends ${copies} copies at most`, () => {
      for (const seed of SEEDS) {
        const outcome = finish(aSwarm({ ...options, network: { seed } }));
        assert.ok(outcome.ratio <= atMost, `seed ${seed}: ${outcome.ratio}`);
        assert.ok(outcome.copies <= copies, `seed ${seed}: ${outcome.copies} copies`);
      }
    });
  }

  for (const [turnMs, atMost] of Object.entries(LATE_GATES)) {
    it(`of 8 leechers that get a turn every ${turnMs} ms is at most ${atMost} times the bound`, () => {
      const network = { seed: 1, turnMs: Number(turnMs) };
      const outcome = finish(aSwarm({ leechers: 8, bps: 100 * MBIT, layers: [100 * MB], network }));
      assert.ok(outcome.ratio <= atMost, `${outcome.ratio}`);
    });
  }
});
