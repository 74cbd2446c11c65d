import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Input, Output } from "./messages.ts";
import { aSwarm, finish, MB } from "./testing/swarm.ts";

type Recorded = { readonly nowMs: number; readonly input: Input; readonly outputs: Output[] };

describe("a core", () => {
  for (const origin of ["whole", "fetching"] as const) {
    it(`does the same again when it is told the same, recorded in a swarm whose origin is ${origin}`, () => {
      const swarm = aSwarm({
        leechers: 6,
        bps: 12_500_000,
        layers: [20 * MB, 3 * MB],
        origin,
        node: (index) => (index === 2 ? { badBlockEvery: 10 } : {}),
      });
      const watched = swarm.leechers[4];
      assert.ok(watched);
      const recorded: Recorded[] = [];
      swarm.network.onStep = ({ node, nowMs, input }, outputs) => {
        if (node === watched)
          recorded.push(structuredClone({ nowMs, input, outputs: [...outputs] }));
      };
      finish(swarm);
      assert.ok(recorded.length > 500);

      // The first step was taken before anybody watched.
      const core = watched.newCore();
      core.step(0, { on: "capacity", poolBytes: 32 * 2 ** 20, uploadBps: 0, downloadBps: 0 }, []);
      for (const { nowMs, input, outputs } of recorded) {
        const again: Output[] = [];
        core.step(nowMs, input, again);
        assert.deepEqual(again, outputs);
      }
    });
  }
});
