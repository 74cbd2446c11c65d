import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type AgentOptions,
  afterwards,
  agentsOf,
  aLayer,
  aLease,
  aNode,
  anAgent,
  anImage,
  aReport,
  aResolvedImage,
  aWorld,
  conditionOf,
  messageOf,
  NOW,
  seedersIn,
} from "../testing/a-world.ts";
import { type Decision, decide } from "./decide.ts";
import type { Memory, World } from "./world.ts";

const [big, small] = [aLayer("big", 1_000), aLayer("small", 100)];
const image = aResolvedImage([anImage([big, small])]);
const nodes = ["a", "b", "c", "d"].map((name) => aNode(name));
const memory = (fields: Partial<Memory> = {}): Memory => ({
  image: image.digest,
  seeders: [{ node: "a", zone: "", platform: "linux/amd64" }],
  lost: [],
  noSeederSince: undefined,
  ...fields,
});

/** Node a has been elected, and fetches both layers. */
const seeding = (
  agents: Readonly<Record<string, AgentOptions>> = {},
  fields: Partial<Omit<World, "agents">> = {},
) =>
  aWorld({
    nodes,
    image,
    memory: memory(),
    leases: [aLease(big, "a"), aLease(small, "a", { generation: 4 })],
    generations: new Map([
      [big.digest, 1],
      [small.digest, 4],
    ]),
    agents: Object.fromEntries(Object.entries(agents).map(([node, one]) => [node, anAgent(one)])),
    ...fields,
  });
const leasesIn = ({ leases }: Decision) =>
  leases.map(({ digest, node, generation, fromPiece }) => {
    const name = digest === big.digest ? "big" : "small";
    return `${name}@${node} ${generation} from ${fromPiece}`;
  });
const stateOfA = ({ status }: Decision) => status?.seeders?.find(({ node }) => node === "a")?.state;
const told = ({ events }: Decision) =>
  events.map(({ reason }) => reason).filter((reason) => reason.startsWith("Seeder"));

describe("a seeder that is there", () => {
  it("goes on", () => {
    const decision = decide(seeding());
    assert.deepEqual(leasesIn(decision), ["big@a 1 from 0", "small@a 4 from 0"]);
    assert.equal(stateOfA(decision), "Seeding");
    assert.deepEqual(told(decision), []);
  });

  it("has a lease no more for what it has whole", () => {
    const decision = decide(seeding({ a: { held: [big] } }));
    assert.deepEqual(leasesIn(decision), ["small@a 4 from 0"]);
  });
});

describe("a seeder that went", () => {
  const silent: Readonly<Record<string, [AgentOptions, string, number | undefined]>> = {
    "is well while it speaks": [{ heardAt: NOW - 14_999 }, "Seeding", 1],
    "is suspect after 15 s of silence": [{ heardAt: NOW - 15_000 }, "Suspect", 14_000],
    "is suspect at once when its stream breaks": [{ brokenAt: NOW }, "Suspect", 10_000],
    "is suspect up to 10 s after": [{ brokenAt: NOW - 9_999 }, "Suspect", 1],
  };
  for (const [what, [agent, state, dueIn]] of Object.entries(silent)) {
    it(`${what}, and keeps its leases`, () => {
      const decision = decide(seeding({ a: agent }));
      assert.equal(stateOfA(decision), state);
      assert.deepEqual(leasesIn(decision), ["big@a 1 from 0", "small@a 4 from 0"]);
      assert.equal(decision.requeueAfterMs, dueIn);
    });
  }

  const gone: Readonly<Record<string, [AgentOptions | undefined, Partial<Omit<World, "agents">>]>> =
    {
      "10 s after its stream broke": [{ brokenAt: NOW - 10_000 }, {}],
      "after 30 s of silence": [{ heardAt: NOW - 30_000 }, {}],
      "when its node is gone": [{}, { nodes: nodes.slice(1) }],
    };
  for (const [when, [agent, fields]] of Object.entries(gone)) {
    it(`is lost ${when}: another takes over, from the first piece that nobody has`, () => {
      const world = seeding({ a: agent ?? {}, c: { tenths: [[big, 4]] } }, fields);
      const decision = decide(world);
      assert.deepEqual(seedersIn(decision), ["c"]);
      assert.deepEqual(leasesIn(decision), ["big@c 2 from 4", "small@c 5 from 0"]);
      assert.deepEqual(told(decision), ["SeederLost", "SeederElected"]);
      assert.equal(stateOfA(decision), "Lost");
      assert.deepEqual(
        decision.memory.lost.map(({ node, at }) => [node, at]),
        [["a", NOW]],
      );
      assert.equal(conditionOf(decision, "Seeded"), "False/Seeding");
    });
  }

  const lost = { brokenAt: NOW - 10_000 };

  it("leaves its layers to the node that has most of them, however little room it has", () => {
    for (const name of ["b", "c", "d"]) {
      const agents = {
        a: lost,
        b: {},
        c: {},
        d: {},
        [name]: { tenths: [[big, 6]], freeBytes: 2_000 },
      };
      const decision = decide(seeding(agents as Readonly<Record<string, AgentOptions>>));
      assert.deepEqual(seedersIn(decision), [name]);
    }
  });

  it("leaves nothing to fetch where others have all of it, whole or in pieces", () => {
    const decision = decide(
      seeding({ a: lost, b: { held: [small], tenths: [[big, 7]] }, c: { tenths: [[big, 10]] } }),
    );
    assert.deepEqual(decision.leases, []);
    assert.equal(conditionOf(decision, "Seeded"), "True/Seeded");
    assert.deepEqual(told(decision), ["SeederLost"]);
    assert.deepEqual(seedersIn(decision), []);
  });

  it("leaves nothing to fetch where each of two others has a part of it", () => {
    const upper = { pieceCount: 10, pieces: Uint8Array.of(0x0f, 0xc0) };
    const world = seeding({ a: lost, b: { held: [small], tenths: [[big, 4]] } });
    const withUpper = { ...anAgent(), pieces: new Map([[big.digest, upper]]) };
    const agents = agentsOf([...world.agents, ["c", withUpper] as const]);
    assert.deepEqual(decide({ ...world, agents }).leases, []);
    assert.deepEqual(
      leasesIn(decide(world)).map((lease) => lease.slice(0, 3)),
      ["big"],
    );
  });

  it("leaves each layer to the seeder of its zone that has most of it, however much that has to do", () => {
    const perZone = { topologyKey: "topology.kubernetes.io/zone", perZone: 3 };
    const three = ["a", "b", "c"].map((node) => ({ node, zone: "", platform: "linux/amd64" }));
    for (const name of ["b", "c"]) {
      const world = aWorld({
        nodes,
        image,
        spec: { seeders: perZone },
        memory: memory({ seeders: three }),
        leases: [aLease(big, name), aLease(small, "a")],
        agents: { a: anAgent(lost), [name]: anAgent({ tenths: [[small, 3]] }) },
      });
      const moved = decide(world).leases.find(({ digest }) => digest === small.digest);
      assert.deepEqual([moved?.node, moved?.fromPiece], [name, 3]);
    }
  });

  it("has only what is missing fetched again", () => {
    const decision = decide(seeding({ a: lost, b: { held: [big] } }));
    assert.deepEqual(
      leasesIn(decision).map((lease) => lease.slice(0, 5)),
      ["small"],
    );
  });

  it("counts for nothing what only lost agents have", () => {
    const decision = decide(seeding({ a: { ...lost, held: [big] }, b: { tenths: [[small, 10]] } }));
    assert.match(leasesIn(decision).join(), /^big@[bcd] 2 from 0$/);
  });

  it("serves when it comes back, and is not elected again", () => {
    const world = seeding({ a: lost });
    const first = decide(world);
    const [second = ""] = seedersIn(first);
    const back = afterwards(world, first, {
      agents: { a: anAgent(), [second]: anAgent({ brokenAt: NOW - 10_000 }) },
    });
    const decision = decide(back);
    assert.ok(!seedersIn(decision).includes("a") && !seedersIn(decision).includes(second));
    assert.equal(decision.assignments.get("a")?.role, "Leecher");
  });

  it("is elected again where there is no other", () => {
    const world = seeding({ a: lost }, { nodes: nodes.slice(0, 1) });
    const first = decide(world);
    assert.equal(conditionOf(first, "Seeded"), "False/SeederLost");
    assert.equal(conditionOf(first, "Ready"), "False/SeederLost");
    const decision = decide(afterwards(world, first, { agents: { a: anAgent() } }));
    assert.deepEqual(seedersIn(decision), ["a"]);
  });

  it("is the last of three within ten minutes: then nobody is elected until that is over", () => {
    const losses = ["x", "y"].map((node, i) => ({
      node,
      zone: "",
      platform: "linux/amd64",
      at: NOW - 599_999 + i,
    }));
    const world = seeding({ a: lost }, { memory: memory({ lost: losses }) });
    const decision = decide(world);
    assert.deepEqual(seedersIn(decision), []);
    assert.deepEqual(decision.leases, []);
    assert.equal(conditionOf(decision, "Stalled"), "True/SeederFlapping");
    assert.equal(conditionOf(decision, "Ready"), "False/SeederFlapping");
    assert.match(messageOf(decision, "Stalled"), /x, y, a|three seeders/);
    const later = afterwards(world, decision, { now: NOW + 1 });
    assert.equal(seedersIn(decide(later)).length, 1);
    assert.equal(decision.requeueAfterMs, 1);
  });

  it("does not matter to what is complete, however often", () => {
    const losses = ["x", "y", "z"].map((node) => ({
      node,
      zone: "",
      platform: "linux/amd64",
      at: NOW,
    }));
    const agents = { b: { held: [big, small] } };
    const decision = decide(seeding(agents, { memory: memory({ lost: losses, seeders: [] }) }));
    assert.equal(conditionOf(decision, "Seeded"), "True/Seeded");
  });
});

describe("a new leader", () => {
  const leadingSince = NOW - 59_999;

  it("takes nobody for lost for a minute, while agents come back", () => {
    const decision = decide(seeding({ a: { brokenAt: NOW - 20_000 } }, { leadingSince }));
    assert.deepEqual(seedersIn(decision), ["a"]);
    assert.deepEqual(leasesIn(decision), ["big@a 1 from 0", "small@a 4 from 0"]);
    assert.equal(decision.requeueAfterMs, 1);
    const over = { leadingSince: leadingSince - 1 };
    const later = decide(seeding({ a: { brokenAt: NOW - 20_000 } }, over));
    assert.ok(!seedersIn(later).includes("a"));
  });

  it("does not elect beside one who has not come back yet", () => {
    const world = seeding({}, { leadingSince });
    const agents = agentsOf([...world.agents].filter(([node]) => node !== "a"));
    const decision = decide({ ...world, agents });
    assert.deepEqual(seedersIn(decision), ["a"]);
    assert.deepEqual(told(decision), []);
  });

  it("has nobody fetch for another who has not come back yet", () => {
    const two = ["a", "b"].map((node) => ({ node, zone: "", platform: "linux/amd64" }));
    const perZone = { seeders: { topologyKey: "topology.kubernetes.io/zone", perZone: 2 } };
    const fresh = { leadingSince, leases: [aLease(small, "b")], memory: memory({ seeders: two }) };
    const world = aWorld({ nodes, image, spec: perZone, ...fresh });
    const agents = agentsOf([...world.agents].filter(([node]) => node !== "a"));
    assert.deepEqual(leasesIn(decide({ ...world, agents })), ["small@b 1 from 0"]);
    assert.deepEqual(leasesIn(decide(world)).length, 2);
  });

  it("has nobody fetch before those who came back could tell what they are at", () => {
    const fresh = (attachedAt: number, since = leadingSince) =>
      decide(seeding({ a: { attachedAt } }, { leases: [], leadingSince: since }));
    const early = fresh(NOW - 2_999);
    assert.deepEqual([early.leases, early.requeueAfterMs], [[], 1]);
    assert.equal(fresh(NOW - 3_000).leases.length, 2);
    assert.equal(fresh(NOW, NOW - 60_000).leases.length, 2);
  });

  it("waits for agents before the first election, unless enough are there", () => {
    const alone = { leadingSince, memory: memory({ image: undefined, seeders: [] }), leases: [] };
    const world = seeding({}, alone);
    const nobody = decide({ ...world, agents: agentsOf([]) });
    assert.deepEqual(seedersIn(nobody), []);
    assert.equal(conditionOf(nobody, "Seeded"), "False/Electing");
    assert.equal(conditionOf(nobody, "Ready"), "False/Pending");
    assert.equal(conditionOf(nobody, "Reconciling"), "True/Electing");
    assert.equal(seedersIn(decide(world)).length, 1);
  });

  it("counts nodes by what they reported before", () => {
    const reports = { a: aReport("Ready"), b: aReport("Fetching") };
    const world = seeding({}, { leadingSince });
    const next = afterwards(world, decide(world), { reports });
    const { nodes: counts } = decide({ ...next, agents: agentsOf([]) }).status ?? {};
    assert.deepEqual([counts?.ready, counts?.waiting], [1, 0]);
  });
});
