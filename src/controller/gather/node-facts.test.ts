import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nodeFactsOf, trimNode } from "./node-facts.ts";

const CREATED = "2030-01-01T00:00:00Z";
const LATER = "2030-01-01T01:00:00Z";
const meta = { name: "a", uid: "u", resourceVersion: "1", creationTimestamp: CREATED };
const node = (fields: object = {}, metadata: object = {}) => ({
  metadata: { ...meta, ...metadata },
  spec: {},
  status: {
    nodeInfo: { operatingSystem: "linux", architecture: "arm64" },
    conditions: [{ type: "Ready", status: "True", lastTransitionTime: LATER }],
    images: [{ names: ["big"] }],
  },
  ...fields,
});
const readiness = (status: string) => ({
  status: { conditions: [{ type: "Ready", status, lastTransitionTime: LATER }] },
});

describe("what is read of a node", () => {
  it("is its name, labels, platform and age", () => {
    assert.deepEqual(nodeFactsOf(node({}, { labels: { zone: "x" } })), {
      name: "a",
      labels: { zone: "x" },
      taints: [],
      platform: "linux/arm64",
      createdAt: Date.parse(CREATED),
      isDeleting: false,
      isCordoned: false,
      isVirtual: false,
      notReadySince: undefined,
    });
  });

  it("is whether it is cordoned or being deleted", () => {
    assert.ok(nodeFactsOf(node({ spec: { unschedulable: true } })).isCordoned);
    assert.ok(nodeFactsOf(node({}, { deletionTimestamp: LATER })).isDeleting);
  });

  it("is its taints, as far as they can be read", () => {
    const taints = [
      { key: "gpu", value: "yes", effect: "NoSchedule" },
      { key: "x", effect: "NoExecute" },
      {},
      null,
      5,
    ];
    assert.deepEqual(nodeFactsOf(node({ spec: { taints } })).taints, [
      { key: "gpu", value: "yes", effect: "NoSchedule" },
      { key: "x", value: "", effect: "NoExecute" },
    ]);
  });

  for (const status of ["False", "Unknown"]) {
    it(`is since when it is not ready, where Ready is ${status}`, () => {
      assert.equal(nodeFactsOf(node(readiness(status))).notReadySince, Date.parse(LATER));
    });
  }

  it("is that it was never ready, where it does not say", () => {
    assert.equal(nodeFactsOf(node({ status: {} })).notReadySince, Date.parse(CREATED));
    assert.equal(
      nodeFactsOf(node({ status: undefined, spec: "?" })).notReadySince,
      Date.parse(CREATED),
    );
  });

  for (const labels of [
    { type: "virtual-kubelet" },
    { "eks.amazonaws.com/compute-type": "fargate" },
    { "kubernetes.io/role": "virtual-kubelet" },
  ]) {
    it(`is that it is virtual, with ${JSON.stringify(labels)}`, () => {
      assert.ok(nodeFactsOf(node({}, { labels })).isVirtual);
    });
  }

  it("is the same of what is kept of it", () => {
    const whole = node(
      { spec: { unschedulable: true } },
      { annotations: { long: "x".repeat(999) } },
    );
    assert.deepEqual(nodeFactsOf(trimNode(whole)), nodeFactsOf(whole));
    assert.ok(JSON.stringify(trimNode(whole)).length < 500);
  });
});
