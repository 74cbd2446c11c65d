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
} from "../testing/a-world.ts";
import { decide } from "./decide.ts";

const MINUTE = 60_000;

describe("nodes that come and go", () => {
  it("are dropped when they leave or match no more, with what they were to hold", () => {
    const world = reported({});
    const first = decide(world);
    const decision = decide(afterwards(world, first, { nodes: nodes.slice(0, 3) }));
    assert.deepEqual(counts(decision), { ...wholly, desired: 3, ready: 3 });
    assert.ok(!decision.assignments.has("d"));
    const spec = { ...world.distribution.spec, nodeSelector: { matchLabels: { gpu: "yes" } } };
    const narrowed = { ...world.distribution, spec };
    const none = decide(afterwards(world, first, { distribution: narrowed }));
    assert.equal(none.assignments.size, 0);
    assert.equal(ready(none), "False/NoNodesMatch");
    assert.deepEqual(
      [conditionOf(none, "Reconciling"), conditionOf(none, "Stalled")],
      ["False/Idle", "False/NotStalled"],
    );
  });

  const changed = (name: string, fields: Parameters<typeof aNode>[1]) =>
    nodes.map((node) => (node.name === name ? aNode(name, fields) : node));

  it("wait while they are not ready, and are skipped after 5 minutes", () => {
    const world = reported({});
    const first = decide(world);
    const since = (ms: number) =>
      decide(afterwards(world, first, { nodes: changed("b", { notReadySince: NOW - ms }) }));
    const waiting = since(299_999);
    assert.deepEqual(counts(waiting), { ...wholly, ready: 3, waiting: 1 });
    assert.equal(reasons(waiting), "1 NodeNotReady");
    assert.equal(waiting.requeueAfterMs, 1);
    assert.deepEqual(counts(since(300_000)), { ...wholly, desired: 3, ready: 3, skipped: 1 });
  });

  for (const [why, fields] of Object.entries({
    cordoned: { isCordoned: true },
    "being deleted": { isDeleting: true },
  })) {
    it(`are skipped when they are ${why}, and serve on`, () => {
      const world = reported({});
      const first = decide(world);
      const decision = decide(afterwards(world, first, { nodes: changed("b", fields) }));
      assert.deepEqual(counts(decision), { ...wholly, desired: 3, ready: 3, skipped: 1 });
      assert.ok(decision.assignments.has("b"));
      const fresh = decide(aWorld({ nodes: changed("b", fields), image }));
      assert.ok(!fresh.assignments.has("b"));
    });
  }

  it("say so when all that match are skipped", () => {
    const decision = decide(
      aWorld({ nodes: nodes.map(({ name }) => aNode(name, { isCordoned: true })), image }),
    );
    assert.equal(ready(decision), "False/NoNodesMatch");
    assert.match(messageOf(decision, "Ready"), /all 4 nodes that match are cordoned/);
  });

  const others: Readonly<Record<string, Parameters<typeof aNode>[1]>> = {
    "of another system": { platform: "windows/amd64" },
    "that are virtual": { isVirtual: true },
    "with a taint": { taints: [{ key: "gpu", value: "yes", effect: "NoSchedule" }] },
  };
  for (const [which, fields] of Object.entries(others)) {
    it(`are no targets when they are those ${which}`, () => {
      assert.equal(counts(decide(aWorld({ nodes: changed("b", fields), image }))).desired, 3);
    });
  }

  it("are targets though they start, or are under pressure, or are only discouraged", () => {
    const taints = [
      { key: "node.kubernetes.io/disk-pressure", value: "", effect: "NoSchedule" },
      { key: "start.example/agent", value: "", effect: "NoExecute" },
      { key: "spot", value: "", effect: "PreferNoSchedule" },
    ];
    const startupTaints = new Set(["start.example/agent"]);
    const world = aWorld({ nodes: changed("b", { taints }), image, startupTaints });
    assert.equal(counts(decide(world)).desired, 4);
    assert.equal(counts(decide({ ...world, startupTaints: new Set() })).desired, 3);
  });

  it("are targets of the platforms that the spec names alone", () => {
    const arm = anImage([aLayer("arm")], "linux/arm64/v8");
    const mixed = changed("b", { platform: "linux/arm64" });
    const both = aResolvedImage([anImage([one, two]), arm]);
    const decision = decide(aWorld({ nodes: mixed, image: both }));
    assert.equal(decision.assignments.get("b")?.platform, "linux/arm64/v8");
    const only = decide(
      aWorld({ nodes: mixed, image: both, spec: { platforms: ["linux/arm64"] } }),
    );
    assert.deepEqual([...only.assignments.keys()], ["b"]);
  });

  describe("after all was complete", () => {
    const complete = () => {
      const world = reported({});
      return { world, first: decide(world) };
    };

    it("do not make it untrue when they joined less than 10 minutes ago", () => {
      const { world, first } = complete();
      const joined = (ms: number) => {
        const more = [...nodes, aNode("e", { createdAt: NOW - ms })];
        return decide(afterwards(world, first, { nodes: more, agents: { e: anAgent() } }));
      };
      const fresh = joined(10 * MINUTE - 1);
      assert.equal(ready(fresh), "True/Complete");
      assert.deepEqual(counts(fresh), { ...wholly, desired: 5, active: 1 });
      assert.equal(conditionOf(fresh, "Reconciling"), "False/Idle");
      assert.equal(fresh.requeueAfterMs, 1);
      assert.equal(ready(joined(10 * MINUTE)), "False/Distributing");
      assert.equal(fresh.assignments.get("e")?.digest, first.assignments.get("a")?.digest);
    });

    it("do not when their agent went or started less than 10 minutes ago", () => {
      const { world, first } = complete();
      const went = (brokenAt: number) =>
        ready(decide(afterwards(world, first, { agents: { b: { ...everything, brokenAt } } })));
      assert.equal(went(NOW - 10 * MINUTE + 1), "True/Complete");
      assert.equal(went(NOW - 10 * MINUTE), "False/Distributing");
      const started = (attachedAt: number) =>
        ready(
          decide(
            afterwards(world, first, {
              agents: { b: { ...everything, attachedAt } },
              reports: { b: aReport("Fetching") },
            }),
          ),
        );
      assert.equal(started(NOW - 10 * MINUTE + 1), "True/Complete");
      assert.equal(started(NOW - 10 * MINUTE), "False/Distributing");
    });

    it("do when they fail", () => {
      const { world, first } = complete();
      const more = [...nodes, aNode("e", { createdAt: NOW })];
      const failing = afterwards(world, first, { nodes: more, agents: { e: anAgent() } });
      const second = decide(failing);
      const decision = decide(afterwards(failing, second, { reports: { e: aReport("Failed") } }));
      assert.equal(ready(decision), "False/Failed");
    });

    it("do after a minute when most of them lack it", () => {
      const { world, first } = complete();
      const empty = (fetching: readonly string[], ageMs: number) => {
        const young = each(names, { ...everything, attachedAt: NOW - ageMs });
        const reports = each(fetching, aReport("Fetching"));
        return decide(afterwards(world, first, { agents: young, reports }));
      };
      const [half, most] = [names.slice(2), names.slice(1)];
      assert.equal(ready(empty(most, MINUTE - 1)), "True/Complete");
      assert.equal(empty(most, MINUTE - 1).requeueAfterMs, 1);
      assert.equal(ready(empty(most, MINUTE)), "False/Distributing");
      assert.equal(ready(empty(half, MINUTE)), "True/Complete");
    });

    it("do when something else is asked of all, however young their agents are", () => {
      const { world, first } = complete();
      const young = each(names, { ...everything, attachedAt: NOW - MINUTE / 2 });
      const fetching = each(names, aReport("Fetching"));
      const lagging = afterwards(world, first, { agents: young, reports: fetching });
      assert.equal(ready(decide(lagging)), "True/Complete");
      const { distribution } = lagging;
      const edited = { ...lagging, distribution: { ...distribution, generation: 2 } };
      const second = decide(edited);
      assert.equal(ready(second), "False/Distributing");
      assert.equal(ready(decide(afterwards(edited, second, {}))), "False/Distributing");
    });

    it("count from the first before it ever was", () => {
      const fresh = nodes.map(({ name }) => aNode(name, { createdAt: NOW }));
      assert.equal(
        ready(decide(reported({ b: aReport("Fetching") }, { nodes: fresh }))),
        "False/Distributing",
      );
    });
  });
});
