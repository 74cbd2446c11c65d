// Peers that lie, in virtual time: everybody finishes, the right one is blamed, and it costs little.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Message } from "./messages.ts";
import { HASH_BYTES } from "./testing/disk.ts";
import type { Node } from "./testing/node.ts";
import { aSwarm, finish, MB, type Swarm } from "./testing/swarm.ts";

const swarmOf = { leechers: 8, bps: 12_500_000, layers: [50 * MB] };
const LIAR = 2;

const isHonest = ({ name }: Node) => name !== `leecher ${LIAR}`;
const honest = finish(aSwarm(swarmOf));

/** Who was blamed, and for what, without repeats. */
function blamed({ leechers, origin }: Swarm): string[] {
  const all = [origin, ...leechers].flatMap((node) => node.blamed);
  return [...new Set(all.map(({ node, finding }) => `${node}: ${finding.code}`))];
}

describe("a leecher whose blocks are wrong", () => {
  for (const [what, badBlockEvery] of Object.entries({ "one in a hundred": 100, all: 1 })) {
    it(`${what}: is blamed, and nobody else, and costs the others a tenth of the time at most`, () => {
      const swarm = aSwarm({
        ...swarmOf,
        node: (index) => (index === LIAR ? { badBlockEvery } : {}),
      });
      const outcome = finish(swarm, isHonest);
      assert.deepEqual(blamed(swarm), [`leecher ${LIAR}: BadPiece`]);
      assert.ok(outcome.ratio <= 1.1 * honest.ratio, `${outcome.ratio} against ${honest.ratio}`);
      const bad = swarm.leechers.map((node) => node.core.stats().pieces.bad);
      assert.ok(Math.max(...bad) > 0);
    });
  }

  it("leaves nobody blamed when there is none", () => {
    const swarm = aSwarm(swarmOf);
    finish(swarm);
    assert.deepEqual(blamed(swarm), []);
  });
});

/** Hashes of which every tenth is another one. */
function withWrongHashes(message: Message): Message {
  if (message.id !== "hashes") return message;
  const hashes = message.hashes.slice();
  for (let at = 0; at < hashes.length; at += 10 * HASH_BYTES) hashes[at] = (hashes[at] ?? 0) ^ 1;
  return { ...message, hashes };
}

describe("a leecher that passes on wrong hashes", () => {
  for (const origin of ["whole", "fetching"] as const) {
    it(`is blamed, and nobody else, and costs the others a tenth of the time at most, when the origin is ${origin}`, () => {
      const liar = { changeMessage: withWrongHashes };
      const swarm = aSwarm({ ...swarmOf, origin, node: (index) => (index === LIAR ? liar : {}) });
      const outcome = finish(swarm, isHonest);
      assert.deepEqual(blamed(swarm), [`leecher ${LIAR}: BadHashes`]);
      const without = finish(aSwarm({ ...swarmOf, origin }));
      assert.ok(outcome.ratio <= 1.1 * without.ratio, `${outcome.ratio} against ${without.ratio}`);
    });
  }
});

describe("an origin that is given three wrong pieces by the registry", () => {
  const WRONG = [5, 17, 60];

  function aWrongRegistry(): Swarm & { readonly discarded: Map<string, number> } {
    const swarm = aSwarm({ ...swarmOf, origin: "fetching" });
    const { network } = swarm;
    const other = new Uint8Array(HASH_BYTES).fill(9);
    network.registry.changePiece = (hash, piece) => (WRONG.includes(piece) ? other : hash);
    let generation = 1;
    network.lease = () => {
      if (generation > 1) return undefined;
      generation = 2;
      network.registry.changePiece = (hash) => hash;
      return { generation, issuer: 2, fromPiece: 0 };
    };
    network.issuer = (key) => (generation === 1 ? "retracted" : network.listOf(key));
    const discarded = new Map<string, number>();
    network.onStep = ({ node }, outputs) => {
      for (const output of outputs) {
        if (output.do !== "discard") continue;
        discarded.set(node.name, (discarded.get(node.name) ?? 0) + output.pieces.length);
      }
    };
    return { ...swarm, discarded };
  }

  it("takes its list back, and everybody gets the right pieces from whoever fetches next, and keeps all others", () => {
    const swarm = aWrongRegistry();
    const outcome = finish(swarm);
    const codes = new Set(blamed(swarm));
    assert.deepEqual(codes, new Set(["undefined: BadList"]));
    assert.ok(swarm.leechers.some(({ name }) => swarm.discarded.get(name) !== undefined));
    for (const pieces of swarm.discarded.values()) assert.ok(pieces <= WRONG.length);
    assert.ok(outcome.egress <= 2.05, `egress ${outcome.egress}`);
  });
});

describe("a member that invents hashes ahead of an origin that fetches", () => {
  type Lie = {
    /** 0: it says them as part of the origin's own list; 1: as somebody's who fetches now. */
    readonly later: number;
    readonly fromMs: number;
  };

  /** Says of itself to everybody, again and again, that it has all, and makes up the hashes of what is to come. */
  function lied(lie: Lie | undefined) {
    const swarm = aSwarm({
      leechers: 4,
      bps: 6_250_000,
      layers: [30 * MB],
      origin: "fetching",
      node: () => ({ policy: { leaseMs: 500, leaseJitterMs: 250, listenMs: 500 } }),
    });
    const { network, origin, leechers } = swarm;
    const [layer] = swarm.layers;
    const [liar] = leechers.slice(LIAR);
    assert.ok(layer && liar);
    const { key } = layer;
    const invented = new Uint8Array(layer.hashes.length).fill(0xdd);
    const say = (message: Message) => {
      for (const node of [origin, ...leechers].filter((one) => one !== liar)) {
        for (const link of node.connections.keys()) {
          const ends = node.ends(link);
          if (ends?.theirs.node === liar) network.tell(node, { on: "message", link, key, message });
        }
      }
    };
    let stops = 0;
    network.onStep = ({ node }, outputs) => {
      if (node === origin) stops += outputs.filter((output) => output.do === "stopFetch").length;
    };
    network.lease = (node) =>
      node === origin ? { generation: 9, issuer: 9, fromPiece: 0 } : undefined;
    const lieAt = (atMs: number, { later, fromMs }: Lie) => {
      network.at(atMs, () => {
        const known = network.registry.given.get(key) ?? 0;
        const hashes = invented.slice();
        hashes.set(layer.hashes.subarray(0, known * HASH_BYTES));
        say({ id: "hashes", generation: 1 + later, issuer: 1, first: 0, hashes });
        say({ id: "haveAll" });
      });
      if (atMs < fromMs + 20_000) network.at(atMs + 300, () => lieAt(atMs + 300, lie as Lie));
    };
    if (lie !== undefined) lieAt(lie.fromMs, lie);
    const outcome = finish(swarm, isHonest);
    const byOrigin = new Set(origin.blamed.map(({ node, finding }) => `${node}: ${finding.code}`));
    return { ...outcome, stops, streams: network.registry.streams, blamed: [...byOrigin] };
  }

  const without = lied(undefined);

  it("is not there in the swarm that it is held against", () => {
    const { stops, streams, egress, blamed } = without;
    assert.deepEqual([stops, streams, egress, blamed], [0, 1, 1, []]);
  });

  for (const [what, lie] of Object.entries({
    "of the origin's list": { later: 0, fromMs: 1_000 },
    "of a later list": { later: 1, fromMs: 1_000 },
    "before the first piece came": { later: 1, fromMs: 20 },
  })) {
    it(`changes nothing for the origin, which goes on with its one stream: ${what}`, () => {
      const { egress, ratio, stops, streams, blamed } = lied(lie);
      assert.deepEqual([stops, streams, egress, blamed], [0, 1, 1, []]);
      assert.ok(ratio <= without.ratio + 1, `${ratio} against ${without.ratio}`);
    });
  }
});
