import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  type Condition,
  DISTRIBUTION_CONDITIONS,
  type ImageDistributionStatus,
} from "../../api/index.ts";
import { type Decision, decide } from "../decide/decide.ts";
import type { Agent, NodeFacts, NodeReport, World } from "../decide/world.ts";
import {
  afterwards,
  aLayer,
  aNode,
  anAgent,
  anImage,
  aReport,
  aResolvedImage,
  aWorld,
  NOW,
} from "../testing/a-world.ts";
import { propertyRuns } from "../testing/property-runs.ts";

const [one, two] = [aLayer("one", 1_000), aLayer("two", 500)];
const amd = anImage([one, two]);
const arm = anImage([one, aLayer("arm", 300)], "linux/arm64");

const name = fc.constantFrom("a", "b", "c", "d", "e");
const count = fc.nat(2_500);
const report: fc.Arbitrary<NodeReport> = fc.record({
  revision: fc.constant(""),
  state: fc.constantFrom(
    "Waiting",
    "Fetching",
    "Stored",
    "Loading",
    "Ready",
    "Failed",
    "Releasing",
  ),
  reason: fc.constantFrom(
    undefined,
    "NoSource",
    "InsufficientDisk",
    "LoadFailed",
    "RuntimeNotConfigured",
  ),
  message: fc.constantFrom(undefined, "so it is"),
  since: fc.integer({ min: NOW - 900_000, max: NOW }),
  movedAt: fc.integer({ min: NOW - 900_000, max: NOW }),
  completedBytes: count,
  registryBytes: count,
  peerBytes: count,
  localBytes: count,
  bytesPerSecond: count,
  layers: fc.array(
    fc.record({
      digest: fc.constantFrom(one.digest, two.digest),
      completedBytes: count,
      registryBytes: count,
      peerBytes: count,
      localBytes: count,
    }),
    { maxLength: 2 },
  ),
});
const node: fc.Arbitrary<NodeFacts> = fc
  .tuple(
    name,
    fc.record({
      zone: fc.constantFrom("x", "y"),
      platform: fc.constantFrom("linux/amd64", "linux/arm64", "linux/riscv64"),
      isCordoned: fc.boolean(),
      createdAt: fc.constantFrom(NOW - 1_000, NOW - 1e9),
      notReadySince: fc.constantFrom(undefined, NOW - 1_000, NOW - 400_000),
    }),
  )
  .map(([of, fields]) => aNode(of, fields));
const agent: fc.Arbitrary<Agent> = fc
  .record({
    held: fc.subarray([one, two, aLayer("arm", 300)]),
    heardAt: fc.constantFrom(NOW - 1_000, NOW - 20_000, NOW - 40_000),
    brokenAt: fc.constantFrom(undefined, NOW - 1_000, NOW - 20_000),
    attachedAt: fc.constantFrom(NOW - 1_000, NOW - 1e9),
    freeBytes: fc.constantFrom(0, 1e12),
  })
  .map(anAgent);
const resolution: fc.Arbitrary<World["resolution"]> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constant({ state: "done" as const, image: aResolvedImage([amd, arm]) }),
  },
  fc.constant({ state: "wanted" as const }),
  fc.record({
    state: fc.constant("failed" as const),
    reason: fc.constantFrom("Unauthorized" as const, "RegistryUnavailable" as const),
    message: fc.constant("no"),
  }),
);
const scene = fc.record({
  nodes: fc.uniqueArray(node, { selector: (one) => one.name, maxLength: 5 }),
  agents: fc.dictionary(name, agent),
  reports: fc.dictionary(name, report),
  resolution,
  suspend: fc.boolean(),
  load: fc.constantFrom("Always" as const, "Never" as const),
  registryBytes: fc.constantFrom(0, 1e9),
  leadingSince: fc.constantFrom(NOW - 1_000, NOW - 1e9),
  problem: fc.constantFrom(undefined, undefined, undefined, "bad"),
  wasComplete: fc.boolean(),
});

/** What is decided of any scene, in which nodes have reported on what they were given. */
function decisionOf(of: typeof scene extends fc.Arbitrary<infer Scene> ? Scene : never): Decision {
  const { suspend, load, agents, reports, problem, wasComplete, ...fields } = of;
  const nobody = Object.fromEntries(fields.nodes.map((one) => [one.name, undefined]));
  const world = aWorld({
    ...fields,
    spec: { suspend, runtime: { load, pin: "Never" } },
    agents: { ...nobody, ...agents },
    ...(problem !== undefined && { problem }),
  });
  const first = decide(world);
  const status: ImageDistributionStatus = {
    ...first.status,
    ...(wasComplete && { completionTime: "2029-12-31T00:00:00Z" }),
  };
  return decide(afterwards(world, first, { reports, status }));
}

const holds = (conditions: readonly Condition[] | undefined, type: string) =>
  conditions?.find((condition) => condition.type === type)?.status === "True";

/** As kustomize's status library judges an object with these conditions (kstatus: Stalled, then Reconciling, then Ready). */
function kstatus({ conditions, observedGeneration }: ImageDistributionStatus, generation: number) {
  if (observedGeneration !== generation) return "InProgress";
  if (holds(conditions, "Stalled")) return "Failed";
  if (holds(conditions, "Reconciling")) return "InProgress";
  return holds(conditions, "Ready") ? "Current" : "InProgress";
}

describe("any status", () => {
  const always = (check: (status: ImageDistributionStatus, decision: Decision) => void) =>
    fc.assert(
      fc.property(scene, (of) => {
        const decision = decisionOf(of);
        assert.ok(decision.status !== undefined);
        check(decision.status, decision);
      }),
      { numRuns: propertyRuns },
    );

  it("counts every target once", () => {
    always(({ nodes, summary }) => {
      const { desired = 0, ready = 0, active = 0, waiting = 0, failed = 0 } = nodes ?? {};
      assert.equal(ready + active + waiting + failed, desired);
      assert.equal(summary?.ready, `${ready}/${desired}`);
    });
  });

  it("gives a reason for each node that waits or failed", () => {
    always(({ nodes, reasons }) => {
      const told = (reasons ?? []).reduce((sum, row) => sum + row.nodes, 0);
      assert.equal(told, (nodes?.waiting ?? 0) + (nodes?.failed ?? 0));
    });
  });

  it("never stalls and works at once, nor is ready while it works", () => {
    always(({ conditions }) => {
      const [stalled, working, ready] = ["Stalled", "Reconciling", "Ready"].map((type) =>
        holds(conditions, type),
      );
      assert.ok(!(stalled && working) && !(ready && (working || stalled)));
    });
  });

  it("has the conditions that it always has, each once, with reasons from the list", () => {
    always(({ conditions = [], observedGeneration }) => {
      const types = conditions.map(({ type }) => type);
      assert.deepEqual(types.slice(0, 5), [
        "Resolved",
        "Seeded",
        "Ready",
        "Reconciling",
        "Stalled",
      ]);
      assert.equal(new Set(types).size, types.length);
      for (const { type, reason, message, ...condition } of conditions) {
        const reasons: readonly string[] =
          DISTRIBUTION_CONDITIONS[type as keyof typeof DISTRIBUTION_CONDITIONS];
        assert.ok(reasons.includes(reason), `${type}: ${reason}`);
        assert.ok(message.length > 0 && message.length <= 1_024);
        assert.equal(condition.observedGeneration, observedGeneration);
      }
    });
  });

  it("is judged by kstatus as by its Ready condition", () => {
    always((status) => {
      const verdict = kstatus(status, 1);
      assert.equal(verdict === "Current", holds(status.conditions, "Ready"));
    });
  });

  it("has no more bytes complete than there are, and every layer's nodes within its targets", () => {
    always(({ bytes, layers = [] }) => {
      assert.ok((bytes?.complete ?? 0) <= (bytes?.total ?? 0));
      for (const { nodesComplete, nodesActive, nodesDesired } of layers) {
        assert.ok(nodesComplete + nodesActive <= nodesDesired);
      }
    });
  });

  it("asks nobody for what it does not know, and gives leases to seeders in office or before", () => {
    always((_, { assignments, leases, memory }) => {
      for (const { node } of leases) {
        assert.ok(assignments.has(node), `${node} has a lease and no assignment`);
        const known = [...memory.seeders, ...memory.lost].some((seeder) => seeder.node === node);
        assert.ok(known, `${node} has a lease and was never elected`);
      }
    });
  });
});

describe("a status", () => {
  const nodes = ["a", "b", "c", "d"].map((of) => aNode(of));
  const both = aResolvedImage([amd, arm]);
  const mixed = [...nodes.slice(0, 3), aNode("d", { platform: "linux/arm64" })];

  it("tells how far it is, in the columns of kubectl get", () => {
    const world = aWorld({ nodes, image: aResolvedImage([amd]) });
    const fetching = aReport("Fetching", {
      completedBytes: 1_250,
      peerBytes: 900,
      registryBytes: 100,
      bytesPerSecond: 125,
    });
    const reports = { a: aReport("Ready", { peerBytes: 2_000, registryBytes: 500 }), b: fetching };
    const { status } = decide(afterwards(world, decide(world), { reports }));
    assert.deepEqual(status?.summary, {
      ready: "1/4",
      progress: "37%",
      seeders: "1",
      fromPeers: "82%",
      size: "2.4KiB",
      rate: "125B/s",
      eta: "50s",
    });
    assert.deepEqual(status?.bytes, {
      total: 10_000,
      complete: 3_750,
      fromRegistry: 600,
      fromPeers: 2_900,
      local: 0,
    });
  });

  it("has a row for each layer, with its platforms where not all have it", () => {
    const world = aWorld({
      nodes: mixed,
      image: both,
      agents: { a: anAgent({ held: [one, two] }), b: anAgent({ held: [one] }) },
    });
    const layers = [
      {
        digest: one.digest,
        completedBytes: 1_000,
        registryBytes: 0,
        peerBytes: 600,
        localBytes: 400,
      },
      { digest: two.digest, completedBytes: 200, registryBytes: 200, peerBytes: 0, localBytes: 0 },
    ];
    const reports = { a: aReport("Ready"), b: aReport("Fetching", { layers }) };
    const { status } = decide(afterwards(world, decide(world), { reports }));
    const [first, second, third] = status?.layers ?? [];
    assert.deepEqual(first, {
      digest: one.digest,
      mediaType: one.mediaType,
      bytes: 1_000,
      state: "Seeding",
      seeders: 2,
      nodesDesired: 4,
      nodesComplete: 2,
      nodesActive: 0,
      fromRegistry: 0,
      fromPeers: 600,
      local: 400,
    });
    assert.deepEqual(second?.platforms, ["linux/amd64"]);
    assert.deepEqual(
      [second?.nodesDesired, second?.nodesComplete, second?.nodesActive, second?.fromRegistry],
      [3, 1, 1, 200],
    );
    assert.deepEqual([third?.platforms, third?.nodesDesired], [["linux/arm64"], 1]);
  });

  it("has layers pending until somebody is to bring them, and complete when all have them", () => {
    const states = ({ status }: Decision) => status?.layers?.map(({ state }) => state);
    const waiting = aWorld({
      nodes,
      leadingSince: NOW,
      agents: { a: undefined, b: undefined, c: undefined, d: undefined },
      image: aResolvedImage([amd]),
    });
    assert.deepEqual(states(decide(waiting)), ["Pending", "Pending"]);
    const world = aWorld({ nodes, image: aResolvedImage([amd]) });
    const first = decide(world);
    assert.deepEqual(states(first), ["Seeding", "Seeding"]);
    const reports = Object.fromEntries(nodes.map((of) => [of.name, aReport("Ready")]));
    assert.deepEqual(states(decide(afterwards(world, first, { reports }))), [
      "Complete",
      "Complete",
    ]);
  });

  it("keeps when work began and when each condition last changed", () => {
    const world = aWorld({ nodes, image: aResolvedImage([amd]) });
    const first = decide(world);
    const reports = Object.fromEntries(nodes.map((of) => [of.name, aReport("Ready")]));
    const now = NOW + 60_000;
    const agents = Object.fromEntries(nodes.map((of) => [of.name, anAgent({ heardAt: now })]));
    const later = decide(afterwards(world, first, { reports, agents, now }));
    assert.equal(later.status?.startTime, "2030-01-02T00:00:00Z");
    assert.equal(later.status?.completionTime, "2030-01-02T00:01:00Z");
    assert.equal(later.status?.lastProgressTime, "2030-01-02T00:01:00Z");
    const changed = (type: string) =>
      later.status?.conditions?.find((condition) => condition.type === type)?.lastTransitionTime;
    assert.equal(changed("Resolved"), "2030-01-02T00:00:00Z");
    assert.equal(changed("Ready"), "2030-01-02T00:01:00Z");
  });

  it("stays as it is while nothing moves, in whatever order the API server gives its fields back", () => {
    const world = aWorld({ nodes, image: aResolvedImage([amd]) });
    const first = decide(world);
    const status = first.status && inOrder(first.status);
    const now = NOW + 5_000;
    const agents = Object.fromEntries(nodes.map((of) => [of.name, anAgent({ heardAt: now })]));
    const later = decide({ ...afterwards(world, first, { agents, now }), status: status ?? {} });
    assert.deepEqual(later.status, first.status);
    const reports = Object.fromEntries(nodes.map((of) => [of.name, aReport("Ready")]));
    const moved = decide(afterwards(world, first, { agents, reports, now }));
    assert.equal(moved.status?.lastProgressTime, "2030-01-02T00:00:05Z");
  });

  it("names the image, and what of it is for which platform", () => {
    const { status } = decide(aWorld({ nodes: mixed, image: both }));
    assert.deepEqual(status?.resolved, {
      reference: "registry.example/app:1",
      digest: both.digest,
      access: "Public",
      resolvedTime: "2030-01-01T23:59:00Z",
      platforms: [
        { platform: "linux/amd64", digest: amd.digest, bytes: 2_500, layers: 2 },
        { platform: "linux/arm64", digest: arm.digest, bytes: 2_300, layers: 2 },
      ],
    });
  });

  it("samples failures, the newest first, 20 at most; and 16 reasons, the most frequent first", () => {
    const many = Array.from({ length: 40 }, (_, i) => aNode(`n${i}`));
    const world = aWorld({ nodes: many, image: aResolvedImage([amd]) });
    const reason = (i: number) => `R${String.fromCharCode(65 + (i % 18))}`;
    const reports = Object.fromEntries(
      many.map((of, i) => [
        of.name,
        aReport("Failed", { reason: reason(i), message: "m".repeat(999), since: NOW - 1_000 * i }),
      ]),
    );
    const { status } = decide(afterwards(world, decide(world), { reports }));
    assert.equal(status?.failures?.length, 20);
    assert.deepEqual(
      status?.failures?.slice(0, 2).map((row) => row.node),
      ["n0", "n1"],
    );
    assert.equal(status?.failures?.[0]?.message.length, 256);
    assert.equal(status?.reasons?.length, 16);
    assert.deepEqual(status?.reasons?.slice(0, 5), [
      { reason: "RA", nodes: 3 },
      { reason: "RB", nodes: 3 },
      { reason: "RC", nodes: 3 },
      { reason: "RD", nodes: 3 },
      { reason: "RE", nodes: 2 },
    ]);
  });
});

/** As the API server gives an object: with the fields of each in alphabetical order. */
function inOrder<T>(value: T): T {
  const text = JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
  return JSON.parse(text) as T;
}
