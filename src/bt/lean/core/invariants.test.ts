// What holds for a core whatever its peers do, and for a network whatever becomes of its links.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Finding } from "./messages.ts";
import { type Event, someEvents } from "./testing/arbitrary-peers.ts";
import { LoneCore } from "./testing/lone-core.ts";
import { aContent, aSpec, aSwarm, finish } from "./testing/swarm.ts";

const KIB = 1024;
const PIECE_BYTES = 256 * KIB;
const content = aContent("blob", 40 * PIECE_BYTES - 5, PIECE_BYTES);
const shape = { key: content.key, pieces: 40, pieceBytes: PIECE_BYTES };
const POOL_BYTES = 12 * PIECE_BYTES;

const someSeed = fc.integer({ min: 0, max: 1_000_000 });

/** After a sensible beginning: two peers that have everything, and the hashes. */
const beginning: readonly Event[] = [0, 1].flatMap((peer): Event[] => [
  { event: "link", peer, dialled: true, foreign: false },
  { event: "message", link: peer, message: { id: "haveAll" } },
  { event: "message", link: peer, message: { id: "unchoke" } },
]);
const { hashes } = content;
const list = { generation: 1, issuer: 1, hashes };

function played(events: readonly Event[], seed: number): LoneCore {
  const lone = new LoneCore(aSpec(content, { list }), POOL_BYTES, seed);
  for (const event of [...beginning, ...events]) lone.play(event);
  return lone;
}

describe("a core among peers that say anything", () => {
  it("asks for nothing twice, keeps to its budget and its pool, and can always say why it does not go on", () => {
    let asked = 0;
    let checked = 0;
    fc.assert(
      fc.property(someEvents(shape), someSeed, (events, seed) => {
        const lone = played(events, seed);
        assert.deepEqual(lone.broken, []);
        asked += lone.asked;
        checked += lone.checked;
      }),
      { numRuns: 300 },
    );
    assert.ok(asked > 300 && checked > 10, `${asked} asks, ${checked} checks`);
  });

  it("keeps nothing of a list that was taken back", () => {
    let hadSome = 0;
    fc.assert(
      fc.property(someEvents(shape), someSeed, (events, seed) => {
        const lone = played(events, seed);
        const { core, key } = lone;
        const isOver = ({ code, text }: Finding) => code === "Done" || /was retracted/.test(text);
        if (core.explain(key).findings.some(isOver)) return;
        hadSome += core.stats().inFlightBytes;
        lone.tell({ on: "issuerList", key, answer: "retracted" });
        const { inFlightBytes, poolBytes } = core.stats();
        assert.deepEqual({ inFlightBytes, poolBytes }, { inFlightBytes: 0, poolBytes: 0 });
        const { copiesHistogram, findings } = core.explain(key);
        assert.ok(copiesHistogram.slice(1).every((pieces) => pieces === 0));
        assert.ok(findings.some(({ code }) => code === "NoHashes"));
        assert.deepEqual(lone.requests, []);
      }),
      { numRuns: 200 },
    );
    assert.ok(hadSome > 0);
  });
});

describe("a network whose links are cut at any time", () => {
  it("brings everything to everybody as long as the origin lives", () => {
    const cuts = fc.array(
      fc.record({ atMs: fc.nat(3_000), node: fc.nat(20), link: fc.nat(20), isDeath: fc.nat(9) }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.integer({ min: 1, max: 4_000_000 }), { minLength: 1, maxLength: 3 }),
        fc.constantFrom("whole" as const, "fetching" as const),
        cuts,
        someSeed,
        (leechers, layers, origin, cut, seed) => {
          const swarm = aSwarm({ leechers, layers, origin, bps: 2_000_000, network: { seed } });
          const { network } = swarm;
          for (const { atMs, node: index, link: at, isDeath } of cut) {
            network.at(atMs, () => {
              const node = swarm.leechers[index % leechers];
              const link = [...(node?.connections.keys() ?? [])][at];
              if (node !== undefined && isDeath === 0) network.kill(node);
              else if (node !== undefined && link !== undefined) network.cut(node, link);
            });
          }
          finish(swarm);
        },
      ),
      { numRuns: 60 },
    );
  });
});
