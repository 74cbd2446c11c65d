import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { HeldImage, Progress } from "../../api/index.ts";
import { KEY, NOW } from "../testing/a-world.ts";
import { Reports } from "./reports.ts";

const progress = (fields: Partial<Progress> = {}): Progress => ({
  key: KEY,
  revision: "r1",
  state: "Fetching",
  layers: [],
  completedBytes: 5,
  totalBytes: 10,
  registryBytes: 1,
  peerBytes: 3,
  localBytes: 1,
  bytesPerSecond: 7,
  ...fields,
});
const written = (fields: Partial<HeldImage> = {}): HeldImage => ({
  key: KEY,
  revision: "r1",
  state: "Ready",
  completedBytes: 10,
  totalBytes: 10,
  fromRegistry: 0,
  fromPeers: 10,
  local: 0,
  lastTransitionTime: "2030-01-01T00:00:00Z",
  ...fields,
});

describe("reports of nodes", () => {
  it("are what agents said last, and since when it is so", () => {
    const reports = new Reports();
    assert.equal(reports.heard("n1", progress(), NOW), true);
    assert.equal(reports.heard("n1", progress({ completedBytes: 6 }), NOW + 5), false);
    const report = reports.of(KEY).get("n1");
    assert.deepEqual([report?.completedBytes, report?.since, report?.state], [6, NOW, "Fetching"]);
    const waiting = progress({ state: "Waiting", reason: "NoSource" });
    assert.equal(reports.heard("n1", waiting, NOW + 9), true);
    assert.equal(reports.of(KEY).get("n1")?.since, NOW + 9);
    assert.equal(
      reports.heard("n1", progress({ state: "Waiting", reason: "InsufficientDisk" }), NOW),
      true,
    );
    assert.equal(reports.heard("n1", progress({ revision: "r2" }), NOW), true);
  });

  it("say when it last moved: by a byte, another state, or something else to do", () => {
    const reports = new Reports();
    const movedAt = () => reports.of(KEY).get("n1")?.movedAt;
    reports.heard("n1", progress(), NOW);
    reports.heard("n1", progress({ bytesPerSecond: 0 }), NOW + 1);
    assert.equal(movedAt(), NOW);
    reports.heard("n1", progress({ completedBytes: 6 }), NOW + 2);
    assert.equal(movedAt(), NOW + 2);
    reports.heard("n1", progress({ completedBytes: 6, state: "Stored" }), NOW + 3);
    assert.equal(movedAt(), NOW + 3);
    reports.told("n1", KEY, NOW + 4);
    assert.equal(movedAt(), NOW + 4);
    reports.told("n2", KEY, NOW + 4);
    assert.deepEqual([...reports.of(KEY).keys()], ["n1"]);
  });

  it("are what agents wrote down, until one says something", () => {
    const reports = new Reports();
    assert.deepEqual(reports.read("n1", [written()]), [KEY]);
    const { since, peerBytes, state } = reports.of(KEY).get("n1") ?? assert.fail("no report");
    assert.deepEqual([since, peerBytes, state], [Date.UTC(2030, 0, 1), 10, "Ready"]);
    reports.heard("n1", progress(), NOW);
    assert.deepEqual(reports.read("n1", [written(), written({ key: "other/app/u" })]), [
      "other/app/u",
    ]);
    assert.equal(reports.of(KEY).get("n1")?.state, "Fetching");
  });

  it("are gone with the node, and with the distribution", () => {
    const reports = new Reports();
    reports.heard("n1", progress(), NOW);
    reports.heard("n2", progress(), NOW);
    assert.deepEqual(reports.forgetNode("n1"), [KEY]);
    assert.deepEqual([...reports.of(KEY).keys()], ["n2"]);
    assert.deepEqual(reports.read("n1", [written()]), [KEY]);
    reports.forget(KEY);
    assert.equal(reports.of(KEY).size, 0);
  });
});
