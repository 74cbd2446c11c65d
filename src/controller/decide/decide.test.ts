// Row by row, what an image distribution comes to. Nodes, targets, election, loss and dealing have tests of their own.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  counts,
  each,
  everything,
  image,
  names,
  nodes,
  one,
  ready,
  reasons,
  reported,
  two,
  wholly,
} from "../testing/a-fleet.ts";
import {
  aDigest,
  afterwards,
  agentsOf,
  aLayer,
  aNode,
  anAgent,
  anImage,
  aReport,
  aResolvedImage,
  aWorld,
  conditionOf,
  KEY,
  messageOf,
  NOW,
  seedersIn,
  type WorldOptions,
} from "../testing/a-world.ts";
import { decide } from "./decide.ts";

describe("a distribution", () => {
  it("is complete when every node is ready", () => {
    const decision = decide(reported({}));
    assert.deepEqual(counts(decision), wholly);
    const of = (type: string) => conditionOf(decision, type);
    assert.deepEqual(["Ready", "Reconciling", "Stalled", "Seeded", "Resolved"].map(of), [
      "True/Complete",
      "False/Idle",
      "False/NotStalled",
      "True/Seeded",
      "True/Resolved",
    ]);
    assert.ok(decision.status?.completionTime !== undefined);
  });

  it("gives the same decision for the same world", () => {
    const world = reported({ b: aReport("Fetching") });
    assert.deepEqual(decide(world), decide(world));
  });

  it("changes nothing of its status when nothing happens", () => {
    const world = reported({});
    const first = decide(world);
    const second = decide(afterwards(world, first, { now: NOW + 1_000 }));
    assert.deepEqual(second.status, first.status);
    assert.deepEqual([second.events, second.statusEvents], [[], []]);
  });
});

describe("no seeder anywhere", () => {
  const unreachable = anAgent({ unreachable: new Set(["registry.example"]) });
  const full = anAgent({ freeBytes: 0 });
  const agents = { a: unreachable, b: unreachable, c: full, d: undefined };

  it("is told with what is in the way", () => {
    const decision = decide(aWorld({ nodes, image, agents }));
    assert.equal(conditionOf(decision, "Seeded"), "False/NoEligibleSeeder");
    assert.equal(
      messageOf(decision, "Seeded"),
      "0/4 nodes can seed: 2 RegistryUnreachable, 1 AgentNotReady, 1 InsufficientDisk",
    );
    assert.equal(ready(decision), "False/NoEligibleSeeder");
    assert.equal(conditionOf(decision, "Stalled"), "False/NotStalled");
    assert.equal(decision.memory.noSeederSince, NOW);
    const later = { now: NOW + 5_000, memory: decision.memory };
    assert.equal(decide(aWorld({ nodes, image, agents, ...later })).memory.noSeederSince, NOW);
  });

  it("stalls where nodes must not fall back on the registry", () => {
    const registry = { fallback: "Never", fallbackAfterSeconds: 30 } as const;
    const memory = { ...decide(aWorld({ nodes, image, agents })).memory, noSeederSince: NOW - 1e9 };
    const decision = decide(aWorld({ nodes, image, agents, memory, spec: { registry } }));
    assert.equal(conditionOf(decision, "Stalled"), "True/NoEligibleSeeder");
    assert.deepEqual(decision.leases, []);
  });

  it("has a target fetch after fallbackAfterSeconds, within maxCopies", () => {
    const since = (ms: number) => {
      const memory = {
        ...decide(aWorld({ nodes, image, agents })).memory,
        noSeederSince: NOW - ms,
      };
      return decide(aWorld({ nodes, image, agents, memory }));
    };
    assert.deepEqual(since(299_999).leases, []);
    assert.equal(since(299_999).requeueAfterMs, 1);
    const decision = since(300_000);
    assert.equal(decision.leases.length, 2);
    assert.ok(["a", "b", "c"].includes(decision.leases[0]?.node ?? ""));
    assert.equal(conditionOf(decision, "Seeded"), "False/Seeding");
    assert.equal(decision.memory.noSeederSince, undefined);
  });

  it("does not matter to what the nodes have among themselves", () => {
    const decision = decide(
      aWorld({
        nodes,
        image,
        agents: { ...agents, c: anAgent({ freeBytes: 0, held: [one, two] }) },
      }),
    );
    assert.equal(conditionOf(decision, "Seeded"), "True/Seeded");
  });
});

describe("one node alone", () => {
  it("is seeder and target, and ready as usual", () => {
    const world = aWorld({ nodes: [aNode("a")], image });
    const first = decide(world);
    assert.deepEqual(seedersIn(first), ["a"]);
    const registryBytes = 1_100;
    const decision = decide(
      afterwards(world, first, {
        agents: { a: everything },
        reports: { a: aReport("Ready", { registryBytes }) },
      }),
    );
    assert.equal(conditionOf(decision, "Seeded"), "True/SingleNode");
    assert.equal(ready(decision), "True/Complete");
    assert.equal(decision.status?.summary?.fromPeers, "0%");
  });
});

describe("an image that is not known", () => {
  it("is being looked up", () => {
    const decision = decide(aWorld({ nodes, resolution: { state: "wanted" } }));
    assert.deepEqual(
      ["Resolved", "Ready", "Reconciling", "Stalled"].map((type) => conditionOf(decision, type)),
      ["False/Resolving", "False/Resolving", "True/Resolving", "False/NotStalled"],
    );
    assert.deepEqual(counts(decision), { ...wholly, ready: 0, waiting: 4 });
    assert.deepEqual([decision.assignments.size, decision.leases.length], [0, 0]);
  });

  for (const reason of ["Unauthorized", "NotFound", "SecretNotFound", "TLSVerifyFailed"] as const) {
    it(`stalls with ${reason}, and no node is asked for anything`, () => {
      const resolution = { state: "failed", reason, message: "the registry says no" } as const;
      const agents = each(names, everything);
      const decision = decide(aWorld({ nodes, agents, resolution }));
      assert.deepEqual(
        ["Resolved", "Ready", "Stalled", "Reconciling"].map((type) => conditionOf(decision, type)),
        [`False/${reason}`, `False/${reason}`, `True/${reason}`, "False/Idle"],
      );
      assert.deepEqual([decision.assignments.size, decision.leases.length], [0, 0]);
      assert.equal(reasons(decision), `4 ${reason}`);
    });
  }

  it("is looked up again by itself when the registry is away", () => {
    const resolution = {
      state: "failed",
      reason: "RegistryUnavailable",
      message: "no answer",
    } as const;
    const decision = decide(aWorld({ nodes, resolution }));
    assert.deepEqual(
      ["Ready", "Stalled", "Reconciling"].map((type) => conditionOf(decision, type)),
      ["False/RegistryUnavailable", "False/NotStalled", "True/Resolving"],
    );
  });

  it("of a changed spec stops what was under way, and leaves what is ready", () => {
    const world = reported({ b: aReport("Fetching") });
    const first = decide(world);
    const distribution = { ...world.distribution, generation: 2 };
    const resolution = { state: "wanted" } as const;
    const decision = decide(afterwards(world, first, { distribution, resolution }));
    assert.deepEqual([...decision.assignments.keys()].sort(), ["a", "c", "d"]);
    assert.deepEqual(decision.assignments.get("a"), first.assignments.get("a"));
    assert.deepEqual(decision.leases, []);
    assert.equal(ready(decision), "False/Resolving");
    assert.equal(decision.status?.observedGeneration, 2);
  });
});

describe("a tag that moved", () => {
  it("changes nothing, and after a refresh is a new image", () => {
    const world = reported({});
    const first = decide(world);
    assert.deepEqual(decide(afterwards(world, first)).assignments, first.assignments);
    const shared = anImage([one, aLayer("three", 70)]);
    const moved = aResolvedImage([{ ...shared, digest: aDigest("new") }], {
      digest: aDigest("new index"),
      movedFrom: image.digest,
      refresh: "2",
    });
    const decision = decide(
      afterwards(world, first, { resolution: { state: "done", image: moved } }),
    );
    assert.equal(ready(decision), "False/Seeding");
    assert.equal(conditionOf(decision, "TagMoved"), "True/DigestChanged");
    assert.equal(decision.status?.lastHandledRefresh, "2");
    assert.equal(decision.status?.completionTime, undefined);
    assert.deepEqual(
      decision.leases.map(({ digest }) => digest),
      [aLayer("three").digest],
    );
    assert.ok(decision.statusEvents.some(({ reason }) => reason === "DigestChanged"));
    assert.ok([...decision.assignments.values()].every(({ digest }) => digest === aDigest("new")));
    // A new leader has the image from the status, which does not say what it was before.
    const { movedFrom: _, ...known } = moved;
    const next = { ...known, movedFrom: undefined };
    const later = (image: typeof next) =>
      decide(afterwards(world, decision, { resolution: { state: "done", image } }));
    const told = (one: typeof decision) =>
      one.status?.conditions?.find(({ type }) => type === "TagMoved");
    assert.deepEqual(told(later(next)), told(decision));
    assert.equal(told(later({ ...next, refresh: "3" })), undefined);
  });
});

describe("two distributions", () => {
  const other = "other/app/uid-9";
  const lease = (digest = one.digest) => ({
    digest,
    zone: "",
    node: "d",
    generation: 3,
    fromPiece: 0,
    owner: other,
    failure: undefined,
  });

  it("fetch a layer that both want once, and go on when one of them goes", () => {
    const world = aWorld({
      nodes,
      image,
      leases: [lease()],
      generations: new Map([[one.digest, 3]]),
    });
    const both = decide(world);
    assert.deepEqual(
      both.leases.filter(({ digest }) => digest === one.digest),
      [lease()],
    );
    const alone = decide({ ...afterwards(world, both), leases: both.leases.slice(1) });
    const own = alone.leases.find(({ digest }) => digest === one.digest);
    assert.deepEqual([own?.owner, own?.generation], [KEY, 4]);
  });

  it("of two namespaces each prove their own credential, though the bytes are there", () => {
    const agents = each(names, everything);
    const resolution = { state: "failed", reason: "Unauthorized", message: "no" } as const;
    const refused = decide(aWorld({ nodes, agents, resolution }));
    assert.deepEqual([refused.assignments.size, ready(refused)], [0, "False/Unauthorized"]);
    const proven = decide(aWorld({ nodes, agents, image }));
    assert.deepEqual([proven.assignments.size, proven.leases.length], [4, 0]);
  });
});

describe("what counts first", () => {
  const broken = { problem: "spec.seeders.perZone: 0 is less than 1" };
  const failed = { state: "failed", reason: "NotFound", message: "no such tag" } as const;
  const suspended = { suspend: true };

  it("is that the object goes: nothing is left of it", () => {
    const world = { ...reported({}), ...aWorld({ isDeleted: true, spec: suspended, ...broken }) };
    const decision = decide(world);
    assert.equal(decision.status, undefined);
    assert.deepEqual([decision.assignments.size, decision.leases.length], [0, 0]);
  });

  const rows: Readonly<Record<string, [WorldOptions, string]>> = {
    "is suspension, before a bad spec": [{ spec: suspended, ...broken }, "Suspended"],
    "is a bad spec, before the image": [{ ...broken, resolution: failed }, "InvalidSpec"],
    "is the image, before its nodes": [{ nodes: [], resolution: failed }, "NotFound"],
    "is that no node matches, before seeders": [{ nodes: [] }, "NoNodesMatch"],
    "is that nobody can seed, before the budget": [
      { agents: { a: undefined, b: undefined, c: undefined }, registryBytes: 1e12 },
      "NoEligibleSeeder",
    ],
    "is the budget, before nodes that wait": [{ registryBytes: 1e12 }, "BudgetExhausted"],
  };
  for (const [what, [options, reason]] of Object.entries(rows)) {
    it(what, () => assert.equal(ready(decide(aWorld(options))), `False/${reason}`));
  }

  it("is what stalls, before nodes that fail; and those before nodes that fetch", () => {
    const failing = reported({ a: aReport("Failed"), b: aReport("Fetching") });
    assert.equal(ready(decide(failing)), "False/Failed");
    const lacking = {
      ...failing,
      agents: agentsOf(names.map((name) => [name, anAgent()])),
      registryBytes: 1e12,
    };
    assert.equal(ready(decide(lacking)), "False/BudgetExhausted");
  });

  it("is that all is done, before all that stands in the way of seeding", () => {
    const world = reported({});
    assert.equal(
      ready(decide({ ...world, agents: agentsOf(names.map((name) => [name, anAgent()])) })),
      "True/Complete",
    );
  });

  it("tells a bad spec in Resolved and Stalled too, and asks nothing of nodes", () => {
    const decision = decide(aWorld(broken));
    assert.equal(conditionOf(decision, "Resolved"), "False/InvalidSpec");
    assert.equal(conditionOf(decision, "Stalled"), "True/InvalidSpec");
    assert.equal(messageOf(decision, "Stalled"), broken.problem);
    assert.equal(decision.assignments.size, 0);
    assert.equal(counts(decision).desired, 0);
  });
});

describe("events", () => {
  it("tell each change once", () => {
    const world = aWorld({ nodes, image });
    const first = decide(world);
    assert.deepEqual(
      [...first.events, ...first.statusEvents].map(({ reason }) => reason),
      ["SeederElected", "Resolved"],
    );
    const done = afterwards(world, first, {
      agents: each(names, everything),
      reports: each(names, aReport("Ready")),
    });
    const second = decide(done);
    assert.deepEqual(
      second.statusEvents.map(({ reason, type }) => `${type} ${reason}`),
      ["Normal Complete"],
    );
    assert.deepEqual(decide(afterwards(done, second)).statusEvents, []);
  });

  it("warn of what stalls, with its cause", () => {
    const resolution = {
      state: "failed",
      reason: "Unauthorized",
      message: "x".repeat(2_000),
    } as const;
    const { statusEvents: events } = decide(aWorld({ nodes, resolution }));
    assert.deepEqual(
      events.map(({ type, reason, note }) => [type, reason, note.length]),
      [["Warning", "Unauthorized", 1_024]],
    );
  });
});

describe("a credentialed image that is loaded", () => {
  it("is told to be readable by every namespace", () => {
    const runtime = { load: "Always", pin: "Never" } as const;
    const credentialed = { ...image, access: "Credentialed" } as const;
    const told = (options: WorldOptions) =>
      conditionOf(decide(reported({}, options)), "NodeWideReadable");
    assert.equal(told({ image: credentialed, spec: { runtime } }), "True/CredentialedImageLoaded");
    assert.equal(told({ image: credentialed }), "none");
    assert.equal(told({ spec: { runtime } }), "none");
  });
});
