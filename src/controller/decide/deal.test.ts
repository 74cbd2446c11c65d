import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  afterwards,
  agentsOf,
  aLayer,
  aLease,
  aNode,
  anAgent,
  anImage,
  aResolvedImage,
  aWorld,
  conditionOf,
  KEY,
  messageOf,
  NOW,
  seedersIn,
} from "../testing/a-world.ts";
import { type Decision, decide } from "./decide.ts";

const nodes = ["a", "b", "c", "d"].map((name) => aNode(name));

describe("dealing", () => {
  const layers = [5, 4, 3, 3, 3].map((size, i) => aLayer(`l${i}`, size * 100));
  const dealt = aResolvedImage([anImage(layers)]);
  const perZone = { topologyKey: "topology.kubernetes.io/zone", perZone: 2 };
  const sharesIn = ({ leases }: Decision) => {
    const shares = new Map<string, number>();
    for (const { digest, node } of leases) {
      const size = layers.find((layer) => layer.digest === digest)?.size ?? 0;
      shares.set(node, (shares.get(node) ?? 0) + size);
    }
    return [...shares.values()].sort((a, b) => a - b);
  };

  it("gives the largest first to whoever has least to fetch", () => {
    const decision = decide(aWorld({ nodes, image: dealt, spec: { seeders: perZone } }));
    assert.equal(decision.leases.length, 5);
    assert.deepEqual(sharesIn(decision), [800, 1_000]);
    assert.ok(decision.leases.every(({ generation, owner }) => generation === 1 && owner === KEY));
  });

  it("counts what is under way already", () => {
    const world = aWorld({ nodes, image: dealt, spec: { seeders: perZone } });
    const [one = "", two = ""] = seedersIn(decide(world));
    const [first, ...others] = layers;
    assert.ok(first !== undefined);
    const leases = others.slice(0, 2).map((layer) => aLease(layer, one));
    const decision = decide({ ...world, leases });
    const newOnes = decision.leases.filter((lease) => !leases.includes(lease));
    assert.equal(newOnes.find(({ digest }) => digest === first.digest)?.node, two);
    assert.deepEqual(sharesIn(decision), [800, 1_000]);
  });

  it("fetches no layer that a live agent has, and each zone all the others", () => {
    const zoned = ["a1", "a2", "a3", "b1", "b2", "b3"].map((name) =>
      aNode(name, { zone: name.slice(0, 1) }),
    );
    const agents = { a2: anAgent({ held: layers.slice(0, 1) }) };
    const { leases } = decide(aWorld({ nodes: zoned, image: dealt, agents }));
    assert.equal(leases.length, 8);
    assert.deepEqual(new Set(leases.map(({ zone }) => zone)), new Set(["a", "b"]));
    assert.ok(leases.every(({ zone, node }) => node.startsWith(zone)));
    const generations = leases.map(({ digest, generation }) => `${digest} ${generation}`);
    assert.equal(new Set(generations).size, 8);
  });

  it("leaves a layer to another distribution that fetches it for the same zone", () => {
    const other = aLease(layers[0] ?? aLayer("none"), "d", {
      owner: "other/app/uid-9",
      generation: 7,
    });
    const world = aWorld({ nodes, image: dealt, leases: [other] });
    const decision = decide(world);
    assert.equal(decision.leases.filter(({ digest }) => digest === other.digest).length, 1);
    assert.ok(decision.leases.includes(other));
    const without = decide({ ...world, leases: [], generations: new Map([[other.digest, 7]]) });
    const own = without.leases.find(({ digest }) => digest === other.digest);
    assert.deepEqual([own?.owner, own?.generation], [KEY, 8]);
  });

  it("gives a layer whose fetch failed to another seeder", () => {
    const world = aWorld({ nodes, image: dealt, spec: { seeders: perZone } });
    const first = decide(world);
    const [lease] = first.leases;
    assert.ok(lease !== undefined);
    const failed = { ...lease, failure: { message: "the registry said 500", at: NOW } };
    const leases = first.leases.map((one) => (one === lease ? failed : one));
    const decision = decide(afterwards(world, first, { leases }));
    const next = decision.leases.filter(({ digest }) => digest === lease.digest);
    assert.equal(next.length, 1);
    assert.notEqual(next[0]?.node, lease.node);
    assert.equal(next[0]?.generation, 2);
  });

  it("tries a fetch that failed again after 30 s where there is no other seeder", () => {
    const world = aWorld({ nodes, image: dealt });
    const first = decide(world);
    const failure = { message: "the registry said 500", at: NOW };
    const leases = first.leases.map((one) => ({ ...one, failure }));
    const failing = afterwards(world, first, { leases });
    const decision = decide(failing);
    assert.deepEqual(decision.leases, leases);
    assert.equal(conditionOf(decision, "Seeded"), "False/NoSource");
    assert.equal(conditionOf(decision, "Stalled"), "True/NoSource");
    assert.match(messageOf(decision, "Ready"), /the registry said 500/);
    assert.equal(decision.requeueAfterMs, 14_000);
    assert.deepEqual(
      decision.status?.layers?.map(({ state }) => state),
      Array(5).fill("Unavailable"),
    );
    const heard = Object.fromEntries(
      nodes.map(({ name }) => [name, anAgent({ heardAt: NOW + 30_000 })]),
    );
    const later = decide({
      ...failing,
      now: NOW + 30_000,
      agents: agentsOf(Object.entries(heard)),
    });
    assert.ok(later.leases.every(({ generation, failure }) => generation === 2 && !failure));
    assert.equal(conditionOf(later, "Stalled"), "False/NotStalled");
  });

  it("keeps within registry.maxCopies: by itself one for each seeder, and one more", () => {
    const whole = 1_800;
    const world = aWorld({ nodes, image: dealt, registryBytes: whole });
    assert.equal(decide(world).leases.length, 5);
    const spent = decide({ ...world, registryBytes: whole + 1 });
    assert.equal(spent.leases.length, 4);
    assert.equal(conditionOf(spent, "Seeded"), "False/BudgetExhausted");
    assert.equal(conditionOf(spent, "Stalled"), "True/BudgetExhausted");
  });

  it("keeps within registry.maxCopies as the spec says, of what is still to fetch", () => {
    const registry = { fallback: "Never" as const, fallbackAfterSeconds: 300, maxCopies: 1 };
    const world = aWorld({ nodes, image: dealt, spec: { registry } });
    assert.equal(decide(world).leases.length, 5);
    const few = decide({ ...world, registryBytes: 900 });
    assert.equal(few.leases.length, 2);
    assert.equal(conditionOf(few, "Ready"), "False/BudgetExhausted");
    const held = { a: anAgent({ held: layers.slice(0, 3) }) };
    const rest = decide(
      aWorld({ nodes, image: dealt, spec: { registry }, agents: held, registryBytes: 1_200 }),
    );
    assert.equal(rest.leases.length, 2);
    assert.equal(conditionOf(rest, "Seeded"), "False/Seeding");
  });
});
