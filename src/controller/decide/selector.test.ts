import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { LabelSelector, Toleration } from "../../api/index.ts";
import { matchesSelector, toleratesAll } from "./selector.ts";

describe("a label selector", () => {
  const labels = { zone: "a", gpu: "" };
  const rows: readonly [string, LabelSelector, boolean][] = [
    ["nothing", {}, true],
    ["a label's value", { matchLabels: { zone: "a" } }, true],
    ["another value", { matchLabels: { zone: "b" } }, false],
    ["a label that is not there", { matchLabels: { rack: "" } }, false],
    ["an empty value", { matchLabels: { gpu: "" } }, true],
    [
      "values with one of them",
      { matchExpressions: [{ key: "zone", operator: "In", values: ["b", "a"] }] },
      true,
    ],
    [
      "values without it",
      { matchExpressions: [{ key: "zone", operator: "In", values: ["b"] }] },
      false,
    ],
    [
      "values, of a label that is not there",
      { matchExpressions: [{ key: "rack", operator: "In", values: [""] }] },
      false,
    ],
    [
      "none of values",
      { matchExpressions: [{ key: "zone", operator: "NotIn", values: ["b"] }] },
      true,
    ],
    [
      "none of values with it",
      { matchExpressions: [{ key: "zone", operator: "NotIn", values: ["a"] }] },
      false,
    ],
    [
      "none of values, of a label that is not there",
      { matchExpressions: [{ key: "rack", operator: "NotIn", values: ["a"] }] },
      true,
    ],
    ["that a label is there", { matchExpressions: [{ key: "gpu", operator: "Exists" }] }, true],
    ["that another is there", { matchExpressions: [{ key: "rack", operator: "Exists" }] }, false],
    [
      "that a label is not there",
      { matchExpressions: [{ key: "rack", operator: "DoesNotExist" }] },
      true,
    ],
    [
      "that one that is there is not",
      { matchExpressions: [{ key: "gpu", operator: "DoesNotExist" }] },
      false,
    ],
    [
      "two things of which one holds",
      { matchLabels: { zone: "a" }, matchExpressions: [{ key: "rack", operator: "Exists" }] },
      false,
    ],
  ];
  for (const [what, selector, matches] of rows) {
    it(`asks for ${what}: ${matches}`, () =>
      assert.equal(matchesSelector(selector, labels), matches));
  }
});

describe("tolerations", () => {
  const taint = { key: "gpu", value: "yes", effect: "NoSchedule" };
  const passes = (tolerations: readonly Toleration[], of = taint) =>
    toleratesAll(tolerations, [of], new Set(["start.example/agent"]));
  const rows: readonly [string, Toleration, boolean][] = [
    ["of everything", { operator: "Exists" }, true],
    ["of the key", { key: "gpu", operator: "Exists" }, true],
    ["of the key and value", { key: "gpu", operator: "Equal", value: "yes" }, true],
    ["of the effect too", { key: "gpu", operator: "Exists", effect: "NoSchedule" }, true],
    ["of another value", { key: "gpu", operator: "Equal", value: "no" }, false],
    ["of no value", { key: "gpu", operator: "Equal" }, false],
    ["of another key", { key: "cpu", operator: "Exists" }, false],
    ["of another effect", { operator: "Exists", effect: "NoExecute" }, false],
    ["of no key, by value", { operator: "Equal", value: "yes" }, false],
  ];
  for (const [what, toleration, holds] of rows) {
    it(`${what}: ${holds}`, () => assert.equal(passes([toleration]), holds));
  }

  it("are needed for each taint", () => {
    const other = { key: "spot", value: "", effect: "NoExecute" };
    const one: Toleration = { key: "gpu", operator: "Exists" };
    assert.equal(toleratesAll([one], [taint, other], new Set()), false);
    assert.equal(
      toleratesAll([one, { key: "spot", operator: "Exists" }], [taint, other], new Set()),
      true,
    );
  });

  it("are needed for no taint of a node's life cycle, of its start, or that only discourages", () => {
    assert.equal(passes([], { ...taint, key: "node.kubernetes.io/not-ready" }), true);
    assert.equal(passes([], { ...taint, key: "start.example/agent" }), true);
    assert.equal(passes([], { ...taint, effect: "PreferNoSchedule" }), true);
    assert.equal(passes([]), false);
  });
});
