import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decide } from "../decide/decide.ts";
import { each, everything, image, names, reported } from "../testing/a-fleet.ts";
import { afterwards, aReport, aWorld, NOW } from "../testing/a-world.ts";
import { changeOf } from "./status-change.ts";

describe("what a status has to tell", () => {
  const movedAt = NOW + 3_600_000;
  const world = reported({ b: aReport("Fetching", { completedBytes: 1, movedAt }) });
  const first = decide(world);
  const status = first.status ?? assert.fail("no status");

  it("is nothing when nothing changed, whatever the time", () => {
    const agents = each(names, { ...everything, heardAt: movedAt });
    const later = afterwards(world, first, { now: movedAt, agents });
    assert.equal(changeOf(status, decide(later).status ?? {}), undefined);
  });

  it("is progress when bytes came", () => {
    const report = aReport("Fetching", { completedBytes: 2, movedAt });
    const later = decide(afterwards(world, first, { reports: { b: report } }));
    assert.equal(changeOf(status, later.status ?? {}), "progress");
  });

  it("is news when a condition changes, and first when there was none", () => {
    const later = decide(afterwards(world, first, { reports: { b: aReport("Ready") } }));
    assert.equal(changeOf(status, later.status ?? {}), "news");
    assert.equal(
      changeOf({ observedGeneration: -1 }, decide(aWorld({ image })).status ?? {}),
      "first",
    );
  });
});
