import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { each, everything, image, nodes, ready, reported } from "../testing/a-fleet.ts";
import { afterwards, aReport, aWorld, seedersIn } from "../testing/a-world.ts";
import { decide } from "./decide.ts";
import type { World } from "./world.ts";

describe("suspension", () => {
  const suspend = (world: World) => ({
    ...world.distribution,
    generation: 2,
    spec: { ...world.distribution.spec, suspend: true },
  });

  it("stops what is under way where it is, and resumes from there", () => {
    const fetching = aReport("Fetching", { completedBytes: 500, bytesPerSecond: 50 });
    const world = reported({ b: fetching }, { agents: each(["a", "c", "d"], everything) });
    const first = decide(world);
    assert.equal(first.status?.summary?.rate, "50B/s");
    const stopped = afterwards(world, decide(world), { distribution: suspend(world) });
    const decision = decide(stopped);
    assert.equal(ready(decision), "False/Suspended");
    assert.deepEqual([...decision.assignments.keys()].sort(), ["a", "c", "d"]);
    assert.deepEqual(decision.leases, []);
    assert.deepEqual(decision.status?.bytes, first.status?.bytes);
    assert.equal(decision.status?.summary?.rate, undefined);
    assert.equal(decision.status?.observedGeneration, 2);
    const resumed = decide(afterwards(stopped, decision, { distribution: world.distribution }));
    assert.deepEqual(resumed.assignments, first.assignments);
  });

  it("has nobody fetch from the registry, and has the same node do so afterwards", () => {
    const world = aWorld({ nodes, image });
    const first = decide(world);
    assert.equal(first.leases.length, 2);
    const stopped = afterwards(world, first, { distribution: suspend(world) });
    const decision = decide(stopped);
    assert.deepEqual([decision.leases, decision.assignments.size], [[], 0]);
    const resumed = decide(afterwards(stopped, decision, { distribution: world.distribution }));
    assert.deepEqual(seedersIn(resumed), seedersIn(first));
    assert.deepEqual(
      resumed.leases.map(({ generation }) => generation),
      [2, 2],
    );
  });

  it("stays told as nothing moves, whatever agents say late", () => {
    const world = reported({ b: aReport("Fetching", { completedBytes: 500 }) });
    const stopped = afterwards(world, decide(world), { distribution: suspend(world) });
    const first = decide(stopped);
    const late = afterwards(stopped, first, { reports: { b: aReport("Releasing") } });
    assert.deepEqual(decide(late).status, first.status);
  });

  it("changes nothing of what is complete", () => {
    const world = reported({});
    const decision = decide(afterwards(world, decide(world), { distribution: suspend(world) }));
    assert.equal(ready(decision), "True/Complete");
    assert.equal(decision.assignments.size, 4);
  });
});
