import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ProgressEvent__Output } from "../src/api/index.ts";
import { anEvent, someTotals } from "./an-event.ts";
import { advance, fractionDone, momentOf, notBegun, sumOf } from "./progress.ts";

const after = (...events: readonly ProgressEvent__Output[]) =>
  events.reduce(advance, notBegun("leecher-1"));

const start = anEvent("STEP_START_IMAGE", { totals: someTotals({ layers: 2, totalBytes: 100 }) });
const reached = (digest: string, completedBytes: number, totalBytes: number) =>
  anEvent("STEP_PROGRESS", { digest, completedBytes, totalBytes, bytesPerSecond: 7 });

describe("the progress of a node", () => {
  it("knows nothing before the image's layers are known", () => {
    const progress = after(anEvent("STEP_GET_LAYER_INFO"), anEvent("STEP_WAIT"));
    assert.equal(progress.state, "waiting");
    assert.equal(fractionDone(progress), 0);
  });

  it("is the sum of its layers", () => {
    const progress = after(start, reached("a", 10, 60), reached("b", 5, 40), reached("a", 30, 60));
    assert.equal(progress.state, "transferring");
    assert.deepEqual(sumOf(progress), { completedBytes: 35, totalBytes: 100, bytesPerSecond: 14 });
    assert.equal(fractionDone(progress), 0.35);
  });

  it("counts layers that are complete, or were here before, as a whole", () => {
    const done = anEvent("STEP_BLOB_DONE", { digest: "a", totalBytes: 60, bytesPerSecond: 7 });
    const local = anEvent("STEP_LOCAL_BLOB", { digest: "b", totalBytes: 40 });
    const progress = after(start, reached("a", 10, 60), done, local);
    assert.deepEqual(sumOf(progress), { completedBytes: 100, totalBytes: 100, bytesPerSecond: 0 });
  });

  it("ends with the final totals", () => {
    const totals = someTotals({ layers: 2, totalBytes: 100, peerBytes: 90, resumedBytes: 10 });
    const progress = after(start, anEvent("STEP_DONE", { totals }));
    assert.deepEqual([progress.state, progress.totals], ["done", totals]);
  });

  const early = reached("a", 39, 60);
  const middle = reached("a", 40, 60);
  const done = anEvent("STEP_BLOB_DONE", { digest: "a", totalBytes: 60 });
  const rest = anEvent("STEP_BLOB_DONE", { digest: "b", totalBytes: 40 });
  const moments: [when: string, events: readonly ProgressEvent__Output[], moment: string][] = [
    ["before anything is known", [anEvent("STEP_GET_LAYER_INFO")], "too early"],
    ["below 40 %", [start, early], "too early"],
    ["at a progress event of 40 %", [start, early, middle], "now"],
    ["at another event above 40 %", [start, done], "too early"],
    ["when every layer is there", [start, done, rest], "too late"],
    ["when it is done", [start, anEvent("STEP_DONE")], "too late"],
  ];
  for (const [when, events, moment] of moments) {
    it(`says that it is ${moment} to kill the node ${when}`, () => {
      assert.equal(momentOf(after(...events), events.at(-1) ?? start), moment);
    });
  }
});
