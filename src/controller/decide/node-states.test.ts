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
  aNode,
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
import { type Decision, decide } from "./decide.ts";

describe("a node that waits", () => {
  for (const reason of ["InsufficientDisk", "NoSource", "RuntimeNotConfigured"]) {
    it(`counts with its reason ${reason}, until the cause is gone`, () => {
      const waiting = aReport("Waiting", { reason });
      const decision = decide(reported({ b: waiting, c: aReport("Fetching") }));
      assert.deepEqual(counts(decision), { ...wholly, ready: 2, active: 1, waiting: 1 });
      assert.equal(reasons(decision), `1 ${reason}`);
      assert.equal(ready(decision), "False/Distributing");
      assert.match(
        messageOf(decision, "Ready"),
        new RegExp(`^2/4 nodes have the image: 1 ${reason}`),
      );
      const gone = decide(reported({ b: aReport("Fetching"), c: aReport("Fetching") }));
      assert.deepEqual(counts(gone), { ...wholly, ready: 2, active: 2 });
    });
  }

  it("has no agent: AgentNotReady, never absent", () => {
    const world = reported({});
    const agents = agentsOf([...world.agents].filter(([node]) => node !== "b"));
    const decision = decide({ ...world, agents });
    assert.deepEqual(counts(decision), { ...wholly, ready: 3, waiting: 1 });
    assert.equal(reasons(decision), "1 AgentNotReady");
    assert.ok(decision.assignments.has("b"));
  });

  it("has its turn later: RolloutLimit", () => {
    const rollout = { maxParallel: 1, failureThreshold: "10%", progressDeadlineSeconds: 600 };
    const world = aWorld({ nodes, image, spec: { rollout } });
    const first = decide(world);
    assert.deepEqual(counts(first), { ...wholly, ready: 0, active: 1, waiting: 3 });
    assert.equal(reasons(first), "3 RolloutLimit");
    assert.deepEqual([...first.assignments.keys()], seedersIn(first));
    const [seeder = ""] = seedersIn(first);
    const next = afterwards(world, first, {
      reports: { [seeder]: aReport("Ready") },
      agents: { [seeder]: everything },
    });
    const second = decide(next);
    assert.equal(second.assignments.size, 2);
    const stuck = afterwards(next, second, {
      reports: each([...second.assignments.keys()].slice(0, 1), aReport("Ready")),
    });
    const [other = ""] = [...second.assignments.keys()].filter((name) => name !== seeder);
    const failing = afterwards(stuck, second, { reports: { [other]: aReport("Failed") } });
    assert.equal(decide(stuck).assignments.size, 2);
    assert.equal(decide(failing).assignments.size, 3);
  });

  it("has its turn with so many of a hundred others, rounded up", () => {
    const rollout = { maxParallel: "30%", failureThreshold: "10%", progressDeadlineSeconds: 600 };
    assert.equal(decide(aWorld({ nodes, image, spec: { rollout } })).assignments.size, 2);
  });

  it("is to hold too much already: NodeSetFull", () => {
    for (const name of names) {
      const decision = decide(aWorld({ nodes, image, fullNodes: new Set([name]) }));
      assert.equal(reasons(decision), "1 NodeSetFull");
      assert.ok(!decision.assignments.has(name));
      assert.equal(decision.assignments.size, 3);
      assert.equal(seedersIn(decision).length, 1);
    }
  });
});

describe("a node that fetches", () => {
  it("is active, and the whole is distributing once it is all among the nodes", () => {
    const decision = decide(reported({ b: aReport("Fetching") }));
    assert.deepEqual(counts(decision), { ...wholly, ready: 3, active: 1 });
    assert.equal(ready(decision), "False/Distributing");
    assert.equal(conditionOf(decision, "Reconciling"), "True/Distributing");
  });

  it("waits for a source when no byte has come until its deadline, and is active again with the next", () => {
    const rollout = { maxParallel: "100%", failureThreshold: "10%", progressDeadlineSeconds: 60 };
    const fetching = (movedAt: number, options: WorldOptions = {}) =>
      decide(reported({ b: aReport("Fetching", { movedAt }) }, { spec: { rollout }, ...options }));
    const waits = fetching(NOW - 60_000);
    assert.deepEqual(counts(waits), { ...wholly, ready: 3, waiting: 1 });
    assert.equal(reasons(waits), "1 NoSource");
    const moves = fetching(NOW - 59_000);
    assert.deepEqual(counts(moves), { ...wholly, ready: 3, active: 1 });
    assert.equal(moves.requeueAfterMs, 1_000);
    // Of a new leader the time counts from when it began to lead; and who is suspended waits for nobody.
    assert.equal(counts(fetching(NOW - 60_000, { leadingSince: NOW - 59_000 })).active, 1);
    const suspended = { spec: { rollout, suspend: true } };
    assert.equal(reasons(fetching(NOW - 60_000, suspended)) ?? "", "");
  });

  it("is active before its first report too", () => {
    const decision = decide(aWorld({ nodes, image }));
    assert.deepEqual(counts(decision), { ...wholly, ready: 0, active: 4 });
    assert.equal(ready(decision), "False/Seeding");
    assert.equal(conditionOf(decision, "Reconciling"), "True/Seeding");
  });
});

describe("a node that has stored the image", () => {
  it("is ready where nothing is loaded", () => {
    assert.deepEqual(counts(decide(reported({ b: aReport("Stored") }))), wholly);
  });

  for (const state of ["Stored", "Loading"] as const) {
    it(`is loading when it is ${state}, and the whole too when no node has more to do`, () => {
      const spec = { runtime: { load: "Always", pin: "Never" } } as const;
      const decision = decide(reported({ b: aReport(state) }, { spec }));
      assert.deepEqual(counts(decision), { ...wholly, ready: 3, active: 1 });
      assert.equal(ready(decision), "False/Loading");
      const both = decide(reported({ b: aReport(state), c: aReport("Fetching") }, { spec }));
      assert.equal(ready(both), "False/Distributing");
    });
  }

  it("waits for a runtime: the whole is stalled when that is all that is left", () => {
    const waiting = aReport("Waiting", { reason: "RuntimeNotConfigured" });
    const decision = decide(reported(each(names, waiting)));
    assert.equal(ready(decision), "False/RuntimeNotConfigured");
    assert.equal(conditionOf(decision, "Stalled"), "True/RuntimeNotConfigured");
    const others = decide(reported({ ...each(names, waiting), b: aReport("Fetching") }));
    assert.equal(conditionOf(others, "Stalled"), "False/NotStalled");
  });
});

describe("a node that is ready", () => {
  it("is so no more when it lost a blob", () => {
    const world = reported({});
    const first = decide(world);
    const decision = decide(afterwards(world, first, { reports: { b: aReport("Fetching") } }));
    assert.equal(ready(decision), "False/Distributing");
  });

  it("is asked for another revision when the image or its loading changes, and counts anew", () => {
    const world = reported({});
    const first = decide(world);
    const spec = { ...world.distribution.spec, runtime: { load: "Always", pin: "Never" } } as const;
    const distribution = { ...world.distribution, spec, generation: 2 };
    const decision = decide(afterwards(world, first, { distribution }));
    assert.notEqual(decision.assignments.get("b")?.revision, first.assignments.get("b")?.revision);
    assert.deepEqual(counts(decision), { ...wholly, ready: 0, active: 4 });
    assert.equal(decision.status?.observedGeneration, 2);
  });

  it("goes on by the same revision when limits, priority or retention change", () => {
    const world = reported({});
    const first = decide(world);
    const limits = { uploadBytesPerSecond: "10Mi" };
    const spec = { ...world.distribution.spec, limits, priority: 5, retentionSeconds: 1 };
    const distribution = { ...world.distribution, spec, generation: 2 };
    const decision = decide(afterwards(world, first, { distribution }));
    const revisions = (of: Decision) =>
      [...of.assignments.values()].map(({ revision }) => revision);
    assert.deepEqual(revisions(decision), revisions(first));
    assert.deepEqual(
      [...decision.assignments.values()].map(({ priority }) => priority),
      [5, 5, 5, 5],
    );
    assert.equal(ready(decision), "True/Complete");
    assert.equal(decision.status?.observedGeneration, 2);
  });

  it("stays so when it becomes a seeder, or is one no more", () => {
    const world = reported({});
    const first = decide(world);
    const [seeder = ""] = seedersIn(first);
    const isSeederNoMore = { ...first.memory, seeders: [] };
    const decision = decide(afterwards(world, first, { memory: isSeederNoMore }));
    assert.equal(decision.assignments.size, 4);
    assert.ok(seeder !== "");
    assert.deepEqual(counts(decision), wholly);
  });
});

describe("nodes that fail", () => {
  const failed = aReport("Failed", { reason: "LoadFailed", message: "no space" });
  const many = Array.from({ length: 20 }, (_, i) => aNode(`n${i}`));
  const some = (count: number, options: WorldOptions = {}) =>
    decide(
      reported(
        each(
          many.slice(0, count).map(({ name }) => name),
          failed,
        ),
        {
          nodes: many,
          agents: each(
            many.map(({ name }) => name),
            everything,
          ),
          ...options,
        },
      ),
    );

  it("leave the whole degraded up to a tenth of the targets", () => {
    const decision = some(2);
    assert.equal(ready(decision), "False/Degraded");
    assert.equal(conditionOf(decision, "Degraded"), "True/NodesFailing");
    assert.equal(conditionOf(decision, "Stalled"), "False/NotStalled");
    assert.deepEqual(decision.status?.failures?.[0], {
      node: "n0",
      reason: "LoadFailed",
      message: "no space",
      time: "2030-01-01T23:59:55Z",
    });
  });

  it("fail the whole when they are more", () => {
    const decision = some(3);
    assert.equal(ready(decision), "False/Failed");
    assert.equal(conditionOf(decision, "Stalled"), "True/Failed");
    assert.equal(conditionOf(decision, "Degraded"), "none");
  });

  it("are counted against a number as the spec says", () => {
    const rollout = { maxParallel: "100%", failureThreshold: 0, progressDeadlineSeconds: 600 };
    assert.equal(ready(some(1, { spec: { rollout } })), "False/Failed");
    assert.equal(ready(some(0, { spec: { rollout } })), "True/Complete");
    const five = { ...rollout, failureThreshold: 5 };
    assert.equal(ready(some(5, { spec: { rollout: five } })), "False/Degraded");
  });

  it("are only told of while others fetch", () => {
    const decision = decide(
      reported(
        { n0: failed, n1: aReport("Fetching") },
        {
          nodes: many,
          agents: each(
            many.map(({ name }) => name),
            everything,
          ),
        },
      ),
    );
    assert.equal(ready(decision), "False/Distributing");
    assert.equal(conditionOf(decision, "Degraded"), "True/NodesFailing");
  });

  it("begin again with a new revision", () => {
    const world = reported(each(names, failed));
    const first = decide(world);
    const other = aResolvedImage([{ ...anImage([one, two]), digest: aDigest("new") }], {
      digest: aDigest("new index"),
    });
    const resolution = { state: "done", image: other } as const;
    assert.deepEqual(counts(decide(afterwards(world, first, { resolution }))), {
      ...wholly,
      ready: 0,
      active: 4,
    });
  });

  it("are those too for whose platform there is no image, and nothing is asked of them", () => {
    const mixed = [...many, aNode("arm", { platform: "linux/arm64" })];
    const decision = decide(
      reported(
        {},
        { nodes: mixed, agents: each([...many.map(({ name }) => name), "arm"], everything) },
      ),
    );
    assert.equal(reasons(decision), "1 PlatformMissing");
    assert.ok(!decision.assignments.has("arm"));
    assert.equal(ready(decision), "False/Degraded");
  });
});
