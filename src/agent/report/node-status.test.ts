import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Progress } from "../../api/index.ts";
import { aDigest, agentMessages } from "../../api/testing/index.ts";
import { inBinaryUnits } from "./binary-units.ts";
import { type NodeFacts, nodeStatus } from "./node-status.ts";
import { isDue } from "./write-pace.ts";

const { kind: _, reason: __, message: ___, ...blank } = agentMessages.progress;
const layer = (completedBytes: number) => ({
  digest: aDigest("b"),
  completedBytes,
  size: 100,
  registryBytes: 0,
  peerBytes: completedBytes,
  localBytes: 0,
});
const image = (name: string, completedBytes: number, more: Partial<Progress> = {}): Progress => ({
  ...blank,
  key: `team/${name}/1`,
  state: completedBytes === 100 ? "Ready" : "Fetching",
  layers: [layer(completedBytes)],
  completedBytes,
  totalBytes: 100,
  ...more,
});
const GIB = 1024 ** 3;
const facts = (progress: readonly Progress[], more: Partial<NodeFacts> = {}): NodeFacts => ({
  agent: {
    version: "0.1.0",
    addresses: ["10.0.0.1"],
    ports: { peer: 6880, grpc: 6884 },
    sessionEpoch: 1,
  },
  store: { capacityBytes: 9 * GIB, usedBytes: 1.25 * GIB, freeBytes: GIB, reservedBytes: 0 },
  progress,
  registries: new Map(),
  ...more,
});
const T1 = new Date("2030-01-01T00:00:01.5Z");
const T2 = new Date("2030-01-01T00:00:02Z");
const statusOf = (progress: readonly Progress[], more?: Partial<NodeFacts>) =>
  nodeStatus(facts(progress, more), undefined, T1);
const conditionIn = (status: ReturnType<typeof statusOf>, type: string) =>
  status.conditions?.find((each) => each.type === type);

describe("the status of a node's NodeImageSet", () => {
  it("sums up for people", () => {
    const failed = image("c", 0, { state: "Failed", reason: "NotFound" });
    const { summary } = statusOf([image("a", 100), image("b", 5), failed]);
    assert.deepEqual(summary, { ready: "1/3", active: 1, failed: 1, stored: "1.3GiB" });
  });

  it("keeps the moment at which an image came into its state, until that or the revision changes", () => {
    const before = statusOf([image("a", 5)]);
    const [same] = nodeStatus(facts([image("a", 50)]), before, T2).images ?? [];
    assert.equal(same?.lastTransitionTime, "2030-01-01T00:00:01Z");
    for (const changed of [image("a", 100), image("a", 5, { revision: "r2" })]) {
      const [next] = nodeStatus(facts([changed]), before, T2).images ?? [];
      assert.equal(next?.lastTransitionTime, "2030-01-01T00:00:02Z");
    }
  });

  it("has rows for the layers of the four images furthest ahead, and of none that is whole", () => {
    const images = [100, 1, 50, 99, 2, 60].map((bytes, index) => image(`i${index}`, bytes));
    const withRows = (statusOf(images).images ?? []).filter(({ layers }) => layers !== undefined);
    assert.deepEqual(
      withRows.map(({ completedBytes }) => completedBytes),
      [50, 99, 2, 60],
    );
    assert.deepEqual(withRows[0]?.layers, [
      { digest: aDigest("b"), state: "Fetching", completed: 50, size: 100 },
    ]);
  });

  it("tells of registries and room", () => {
    const none = statusOf([]);
    assert.equal(conditionIn(none, "RegistryReachable")?.reason, "NotChecked");
    assert.equal(conditionIn(none, "DiskPressure")?.status, "False");
    const registries = new Map([
      ["a.example", true],
      ["b.example", false],
    ]);
    const waiting = image("a", 0, { state: "Waiting", reason: "InsufficientDisk" });
    const bad = statusOf([waiting], { registries });
    assert.match(conditionIn(bad, "RegistryReachable")?.message ?? "", /^not reached: b\.example$/);
    assert.equal(conditionIn(bad, "DiskPressure")?.reason, "InsufficientDisk");
    const before = { ...bad, conditions: [...(bad.conditions ?? [])] };
    const still = nodeStatus(facts([waiting], { registries }), before, T2);
    assert.deepEqual(still.conditions, bad.conditions);
  });

  it("stays below what an object may have, with as many images as a node can have", () => {
    const message = "x".repeat(256);
    const many = Array.from({ length: 256 }, (_, index) =>
      image(`${"n".repeat(60)}-${index}`, 0, { state: "Failed", reason: "NotFound", message }),
    );
    const [few, all] = [statusOf(many.slice(0, 1)), statusOf(many)];
    assert.equal(few.images?.[0]?.message, message);
    assert.equal(all.images?.length, 256);
    assert.ok(JSON.stringify(all).length < 96_000, `${JSON.stringify(all).length}`);
  });
});

describe("a status is written", () => {
  const last = { status: statusOf([image("a", 5)]), atMs: 10_000 };
  const turns = { everyMs: 5_000, offsetMs: 1_000 };
  const cases: Record<string, readonly [Progress[], number, boolean]> = {
    "never while nothing has changed": [[image("a", 5)], 999_000, false],
    "not twice in one turn": [[image("a", 100)], 13_999, false],
    "in the next turn when a state has changed": [[image("a", 100)], 14_000, true],
    "in the next turn when there is another image": [[image("a", 5), image("b", 0)], 14_000, true],
    "not within a minute when only numbers have changed": [[image("a", 6)], 69_999, false],
    "a minute later when only numbers have changed": [[image("a", 6)], 70_000, true],
  };
  for (const [what, [progress, nowMs, due]] of Object.entries(cases)) {
    it(what, () => assert.equal(isDue(statusOf(progress), last, turns, nowMs), due));
  }

  it("at once when none was before", () => {
    assert.equal(isDue(last.status, undefined, turns, 0), true);
  });
});

describe("bytes for people", () => {
  it("have a unit that makes them short", () => {
    const table = [
      [0, "0B"],
      [1_023, "1023B"],
      [1_024, "1.0KiB"],
      [35 * 1024 ** 2, "35MiB"],
      [1.25 * GIB, "1.3GiB"],
      [2 ** 60, "1024PiB"],
    ] as const;
    for (const [bytes, text] of table) assert.equal(inBinaryUnits(bytes), text);
  });
});
