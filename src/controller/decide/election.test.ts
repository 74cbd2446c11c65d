import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type AgentOptions,
  afterwards,
  aLayer,
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
  type WorldOptions,
} from "../testing/a-world.ts";
import { decide } from "./decide.ts";
import { slotsOf } from "./slots.ts";

const GIB = 2 ** 30;
const NO_ROOM = aReport("Waiting", { reason: "InsufficientDisk" });
const MINUTE = 60_000;

/** Nodes of zones: a1, a2, … in zone a. */
const inZones = (sizes: Readonly<Record<string, number>>) =>
  Object.entries(sizes).flatMap(([zone, count]) =>
    Array.from({ length: count }, (_, i) => aNode(`${zone}${i + 1}`, { zone })),
  );
const elected = (options: WorldOptions) => seedersIn(decide(aWorld(options)));
const zonesOf = (names: readonly string[]) => names.map((name) => name.slice(0, 1)).join("");

describe("seats in zones", () => {
  const sizes = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts).map(([zone, targets]) => ({ zone, targets }));
  const seats = (
    counts: Readonly<Record<string, number>>,
    spec: { perZone?: number; max?: number } = {},
  ) =>
    slotsOf(sizes(counts), { topologyKey: "zone", ...spec })
      .map(({ zone, wanted }) => `${zone}${wanted}`)
      .join(" ");

  it("are one in each zone of three targets or more; smaller ones borrow", () => {
    assert.equal(seats({ a: 3, b: 2, c: 4 }), "c1 a1");
  });
  it("are one in the largest zone where none has three", () => {
    assert.equal(seats({ a: 1, b: 2 }), "b1");
    assert.equal(seats({ b: 1, a: 1 }), "a1");
  });
  it("are as many in every zone as the spec asks for, small ones too", () => {
    assert.equal(seats({ a: 1, b: 5 }, { perZone: 2 }), "b2 a2");
  });
  it("are given to the zones with most targets first where there is a maximum", () => {
    assert.equal(seats({ a: 3, b: 9, c: 5 }, { max: 2 }), "b1 c1");
    assert.equal(seats({ a: 3, b: 9 }, { perZone: 2, max: 3 }), "b2 a1");
    assert.equal(seats({ a: 3 }, { max: 64 }), "a1");
  });
  it("are none where there are no targets", () => {
    assert.equal(seats({}), "");
  });
});

describe("election", () => {
  it("seats one node in each zone", () => {
    assert.equal(zonesOf(elected({ nodes: inZones({ a: 3, b: 3 }) })), "ab");
  });

  it("counts nodes without the label as one zone, by the key that the spec names", () => {
    const racks = ["x", "x", "x", "y", "y", "y"].map((rack, i) =>
      aNode(`${rack}${i}`, { labels: { rack } }),
    );
    const seeders = { topologyKey: "rack" };
    assert.equal(zonesOf(elected({ nodes: racks, spec: { seeders } })), "xy");
    assert.equal(elected({ nodes: racks }).length, 1);
  });

  it("seats nobody for a zone of one node, unless asked", () => {
    const nodes = inZones({ a: 3, b: 1 });
    assert.equal(zonesOf(elected({ nodes })), "a");
    const seeders = { topologyKey: "topology.kubernetes.io/zone", perZone: 1 };
    assert.equal(zonesOf(elected({ nodes, spec: { seeders } })), "ab");
  });

  it("is the same each time, and spreads over nodes for many distributions", () => {
    const nodes = inZones({ a: 20 });
    const world = aWorld({ nodes });
    const winners = Array.from({ length: 40 }, (_, i) => {
      const distribution = { ...world.distribution, uid: `uid-${i}` };
      const winner = seedersIn(decide({ ...world, distribution }));
      assert.deepEqual(seedersIn(decide({ ...world, distribution })), winner);
      return winner[0];
    });
    assert.ok(new Set(winners).size >= 10, `${new Set(winners).size} of 20 nodes`);
  });

  const layer = aLayer("big", 10 * GIB);
  const better: Readonly<Record<string, [AgentOptions, AgentOptions]>> = {
    "holds more of the image": [{ held: [layer] }, {}],
    "seeds for fewer others": [{ seedsElsewhere: 1 }, { seedsElsewhere: 2 }],
    "has more room": [{ freeBytes: 40 * GIB }, { freeBytes: 30 * GIB }],
    "has been there for ten minutes": [
      { attachedAt: NOW - 10 * MINUTE },
      { attachedAt: NOW - 9 * MINUTE },
    ],
    "holds more, though it seeds for others": [{ held: [layer], seedsElsewhere: 9 }, {}],
    "seeds for fewer, though it has less room": [
      { freeBytes: 30 * GIB },
      { freeBytes: 90 * GIB, seedsElsewhere: 1 },
    ],
    "has more room, though it came just now": [
      { freeBytes: 90 * GIB, attachedAt: NOW - 1 },
      { freeBytes: 30 * GIB },
    ],
  };
  for (const [why, [good, other]] of Object.entries(better)) {
    it(`prefers the node that ${why}`, () => {
      const image = aResolvedImage([anImage([layer, aLayer("other", 10 * GIB)])]);
      for (const name of ["a", "b", "c"]) {
        const agents = Object.fromEntries(
          ["a", "b", "c"].map((one) => [one, anAgent(one === name ? good : other)]),
        );
        assert.deepEqual(elected({ image, agents }), [name]);
      }
    });
  }

  it("takes no notice of less than a GiB of difference", () => {
    const image = aResolvedImage([anImage([aLayer("small", GIB / 2)])]);
    const winner = elected({ image })[0] ?? "";
    const [other = ""] = ["a", "b", "c"].filter((name) => name !== winner);
    const agents = { [other]: anAgent({ freeBytes: 100 * GIB + 5 }) };
    assert.deepEqual(elected({ image, agents }), [winner]);
  });

  const hindered: Readonly<Record<string, WorldOptions>> = {
    AgentNotReady: { agents: { a: undefined, b: undefined } },
    "AgentNotReady (silent)": {
      agents: { a: anAgent({ heardAt: NOW - 16_000 }), b: anAgent({ heardAt: NOW - 16_000 }) },
    },
    NodeNotReady: {
      nodes: ["a", "b", "c"].map((name) =>
        aNode(name, name === "c" ? {} : { notReadySince: NOW - 1 }),
      ),
    },
    RegistryUnreachable: {
      agents: Object.fromEntries(
        ["a", "b"].map((name) => [name, anAgent({ unreachable: new Set(["registry.example"]) })]),
      ),
    },
    InsufficientDisk: {
      agents: { a: anAgent({ freeBytes: 1_000 }), b: anAgent({ freeBytes: 1_000 }) },
    },
    "InsufficientDisk (reserved)": {
      agents: {
        a: anAgent({ reservedBytes: 100 * GIB }),
        b: anAgent({ reservedBytes: 100 * GIB }),
      },
    },
    "InsufficientDisk (as they say themselves)": {
      reports: new Map([
        ["a", NO_ROOM],
        ["b", NO_ROOM],
      ]),
    },
  };
  for (const [why, options] of Object.entries(hindered)) {
    it(`passes over nodes with ${why}`, () => assert.deepEqual(elected(options), ["c"]));
  }

  it("replaces a seeder that turns out to have no room, which is not lost", () => {
    const world = aWorld();
    const first = decide(world);
    const [seeder = ""] = seedersIn(first);
    const waits = (reason: string) => {
      const reports = { [seeder]: aReport("Waiting", { reason }) };
      return decide(afterwards(world, first, { reports }));
    };
    assert.deepEqual(seedersIn(waits("NoSource")), [seeder]);
    const next = waits("InsufficientDisk");
    assert.equal(seedersIn(next).length, 1);
    assert.notDeepEqual(seedersIn(next), [seeder]);
    assert.deepEqual(next.memory.lost, []);
    const holders = (decision: typeof first) => [
      ...new Set(decision.leases.map(({ node }) => node)),
    ];
    assert.deepEqual([holders(first), holders(next)], [[seeder], seedersIn(next)]);
  });

  it("wants room for a tenth more than the share, and for what is reserved", () => {
    const image = aResolvedImage([anImage([aLayer("one", 1_000_000)])]);
    const withFree = (freeBytes: number) =>
      elected({
        nodes: [aNode("a")],
        image,
        agents: { a: anAgent({ freeBytes, reservedBytes: 50 }) },
      });
    assert.deepEqual([withFree(1_100_050), withFree(1_100_049)], [["a"], []]);
  });

  it("asks another registry's reach of nobody", () => {
    const agents = { a: anAgent({ unreachable: new Set(["other.example"]) }) };
    assert.deepEqual(elected({ nodes: [aNode("a")], agents }), ["a"]);
  });

  it("passes over cordoned nodes, which are no targets either", () => {
    const nodes = [aNode("a", { isCordoned: true }), aNode("b", { isCordoned: true }), aNode("c")];
    assert.deepEqual(elected({ nodes }), ["c"]);
  });

  it("seats nodes outside the targets only where the spec names them", () => {
    const nodes = [...inZones({ a: 3 }), aNode("x1", { labels: { seeds: "yes" } })];
    const spec = {
      nodeSelector: { matchExpressions: [{ key: "seeds", operator: "DoesNotExist" as const }] },
    };
    assert.equal(zonesOf(elected({ nodes, spec })), "a");
    const seeders = {
      topologyKey: "topology.kubernetes.io/zone",
      nodeSelector: { matchLabels: { seeds: "yes" } },
    };
    const decision = decide(aWorld({ nodes, spec: { ...spec, seeders } }));
    assert.deepEqual(seedersIn(decision), ["x1"]);
    assert.equal(decision.status?.nodes?.desired, 3);
  });

  it("borrows from another zone where a zone has no candidate, and says so once all is there", () => {
    const [one, two] = [aLayer("one"), aLayer("two", 50)];
    const nodes = inZones({ a: 3, b: 3 });
    const world = aWorld({
      nodes,
      image: aResolvedImage([anImage([one, two])]),
      agents: { b1: undefined, b2: undefined, b3: undefined },
    });
    const first = decide(world);
    assert.equal(zonesOf(seedersIn(first)), "a");
    assert.equal(conditionOf(first, "Seeded"), "False/Seeding");
    const [seeder = ""] = seedersIn(first);
    const later = decide(
      afterwards(world, first, { agents: { [seeder]: anAgent({ held: [one, two] }) } }),
    );
    assert.equal(conditionOf(later, "Seeded"), "True/CrossZone");
    assert.match(messageOf(later, "Seeded"), /zone b/);
  });

  it("takes a node of a small zone where no larger one has a candidate", () => {
    const nodes = inZones({ a: 3, b: 1 });
    const agents = { a1: undefined, a2: undefined, a3: undefined };
    assert.deepEqual(elected({ nodes, agents }), ["b1"]);
  });

  it("elects for each platform among its own nodes", () => {
    const arm = anImage([aLayer("arm")], "linux/arm64");
    const nodes = [
      ...inZones({ a: 3 }),
      ...["r1", "r2", "r3"].map((name) => aNode(name, { zone: "a", platform: "linux/arm64" })),
    ];
    const decision = decide(aWorld({ nodes, image: aResolvedImage([anImage(), arm]) }));
    assert.equal(zonesOf(seedersIn(decision)), "ar");
    const armLeases = decision.leases.filter(({ digest }) => digest === arm.layers[0]?.digest);
    assert.match(armLeases[0]?.node ?? "", /^r/);
    const max = { topologyKey: "topology.kubernetes.io/zone", max: 1 };
    const few = decide(
      aWorld({ nodes, image: aResolvedImage([anImage(), arm]), spec: { seeders: max } }),
    );
    assert.equal(zonesOf(seedersIn(few)), "ar");
  });

  it("leaves those in office there when better ones come", () => {
    const nodes = inZones({ a: 3 });
    const world = aWorld({ nodes });
    const first = decide(world);
    const others = nodes.map(({ name }) => name).filter((name) => name !== seedersIn(first)[0]);
    const agents = Object.fromEntries(
      others.map((name) => [name, anAgent({ held: [aLayer("one")], freeBytes: 1_000 * GIB })]),
    );
    assert.deepEqual(seedersIn(decide(afterwards(world, first, { agents }))), seedersIn(first));
  });

  it("leaves a cordoned node in office while it is alive", () => {
    const nodes = inZones({ a: 3 });
    const world = aWorld({ nodes });
    const first = decide(world);
    const [seeder = ""] = seedersIn(first);
    const cordoned = nodes.map((node) =>
      node.name === seeder ? { ...node, isCordoned: true } : node,
    );
    const later = decide(afterwards(world, first, { nodes: cordoned }));
    assert.deepEqual(seedersIn(later), [seeder]);
    assert.equal(later.events.filter(({ reason }) => reason === "SeederLost").length, 0);
  });

  it("seats more when the spec asks for more, and fewer when for fewer", () => {
    const world = aWorld({ nodes: inZones({ a: 4 }) });
    const first = decide(world);
    const withSeats = (perZone: number) => ({
      ...world.distribution,
      spec: {
        ...world.distribution.spec,
        seeders: { ...world.distribution.spec.seeders, perZone },
      },
    });
    const more = afterwards(world, first, { distribution: withSeats(3) });
    const second = decide(more);
    assert.equal(seedersIn(second).length, 3);
    assert.ok(seedersIn(second).includes(seedersIn(first)[0] ?? ""));
    const third = decide(afterwards(more, second, { distribution: withSeats(1) }));
    assert.deepEqual(seedersIn(third), seedersIn(first));
  });

  it("elects nobody new for a zone that comes when everything is there already", () => {
    const [one, two] = [aLayer("one"), aLayer("two", 50)];
    const world = aWorld({
      nodes: inZones({ a: 3 }),
      image: aResolvedImage([anImage([one, two])]),
    });
    const first = decide(world);
    const [seeder = ""] = seedersIn(first);
    const nodes = inZones({ a: 3, b: 3 });
    const fresh = Object.fromEntries(["b1", "b2", "b3"].map((name) => [name, anAgent()]));
    const agents = { ...fresh, [seeder]: anAgent({ held: [one, two] }) };
    assert.deepEqual(seedersIn(decide(afterwards(world, first, { nodes, agents }))), [seeder]);
    const half = { ...fresh, [seeder]: anAgent({ held: [one] }) };
    const missing = decide(afterwards(world, first, { nodes, agents: half }));
    assert.equal(zonesOf(seedersIn(missing)), "ab");
  });
});
