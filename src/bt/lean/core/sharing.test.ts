// What images share, in virtual time.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { allFinishedMs, aSwarm, finish, MB } from "./testing/swarm.ts";

const LINK_BPS = 12_500_000;

describe("two images of equal priority, one ten times as large", () => {
  const LARGE = 100 * MB;
  const SMALL = 10 * MB;
  const aloneMs = finish(aSwarm({ leechers: 8, bps: LINK_BPS, layers: [SMALL] })).finishedMs.at(-1);

  for (const [when, startedMs] of Object.entries({ together: 0, "the small one later": 1 })) {
    it(`${when}: leave the small one at most three times as slow as alone`, () => {
      const spec = (rank: number) => ({
        group: `image ${rank}`,
        startedMs: rank * startedMs,
      });
      const swarm = aSwarm({ leechers: 8, bps: LINK_BPS, layers: [LARGE, SMALL], spec });
      const { ratio } = finish(swarm);
      const smallMs = allFinishedMs(swarm, swarm.layers.slice(1));
      assert.ok(smallMs <= 3 * (aloneMs ?? 0), `${smallMs} ms against ${aloneMs} ms alone`);
      assert.ok(ratio <= 1.2, `both took ${ratio} times the bound`);
    });
  }
});
