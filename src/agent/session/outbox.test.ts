import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { aDigest, agentMessages } from "../../api/testing/index.ts";
import { createOutbox } from "./outbox.ts";

const { progress, coverage, leaseReport, registryCheck } = agentMessages;

function anOutbox() {
  let now = 0;
  const outbox = createOutbox(() => now);
  return {
    ...outbox,
    pass(ms: number) {
      now += ms;
    },
  };
}

describe("what is to be said to the controller", () => {
  it("is said at once when it is the first of its kind", () => {
    const outbox = anOutbox();
    assert.equal(outbox.dueInMs(), undefined);
    for (const news of [progress, coverage, leaseReport, registryCheck]) outbox.put(news);
    assert.equal(outbox.dueInMs(), 0);
    assert.deepEqual(outbox.take(), [progress, coverage, leaseReport, registryCheck]);
    assert.deepEqual([outbox.take(), outbox.dueInMs()], [[], undefined]);
  });

  it("is said once a second for one image, and then the newest alone", () => {
    const outbox = anOutbox();
    outbox.put(progress);
    outbox.take();
    outbox.pass(300);
    outbox.put({ ...progress, completedBytes: 5 });
    outbox.put({ ...progress, completedBytes: 6 });
    assert.deepEqual([outbox.take(), outbox.dueInMs()], [[], 700]);
    outbox.pass(700);
    assert.deepEqual(outbox.take(), [{ ...progress, completedBytes: 6 }]);
  });

  it("is left alone while it says the same, and is news again after another", () => {
    const outbox = anOutbox();
    const other = { ...progress, state: "Ready" } as const;
    for (const news of [progress, { ...progress }]) outbox.put(news);
    assert.deepEqual(outbox.take(), [progress]);
    outbox.put({ ...progress, layers: [...progress.layers] });
    assert.equal(outbox.dueInMs(), undefined);
    for (const news of [other, progress]) outbox.put(news);
    assert.deepEqual(outbox.take(), [progress]);
    for (const news of [other, { ...other }]) outbox.put(news);
    assert.deepEqual(outbox.take(), [other]);
    outbox.put(progress);
    assert.deepEqual(outbox.take(), [progress]);
  });

  it("waits for no other image", () => {
    const outbox = anOutbox();
    outbox.put(progress);
    outbox.take();
    const other = { ...progress, key: "team-a/other/1" };
    outbox.put(other);
    assert.deepEqual(outbox.take(), [other]);
  });

  const urgent = {
    "an image's state": [progress, { ...progress, state: "Ready" }],
    "the reason": [progress, { ...progress, reason: "NoSource" }],
    "the revision": [progress, { ...progress, revision: "r2" }],
    "that a lease has ended": [leaseReport, { ...leaseReport, reason: "NotFound" }],
    "another lease": [leaseReport, { ...leaseReport, generation: 3 }],
    "that a registry is there again": [registryCheck, { ...registryCheck, reachable: true }],
    "that a blob is whole": [{ ...coverage, pieces: Buffer.of(1, 0) }, coverage],
    "that a blob is gone": [coverage, { ...coverage, pieces: Buffer.of() }],
  } as const;
  for (const [what, [before, after]] of Object.entries(urgent)) {
    it(`is said at once when it is ${what}, and also if a number follows`, () => {
      const outbox = anOutbox();
      outbox.put(before);
      outbox.take();
      outbox.put(after);
      outbox.put(after);
      assert.deepEqual(outbox.take(), [after]);
    });
  }

  it("is said anew to another controller", () => {
    const outbox = anOutbox();
    outbox.put(progress);
    outbox.take();
    outbox.clear();
    outbox.put(progress);
    assert.deepEqual(outbox.take(), [progress]);
  });

  it("has an end, however much happens", () => {
    const outbox = anOutbox();
    for (let index = 0; index < 10_100; index += 1) {
      outbox.put({ ...registryCheck, host: `h${index}` });
    }
    assert.equal(outbox.take().length, 10_000);
  });

  it("is not urgent while a blob grows", () => {
    const outbox = anOutbox();
    const part = { ...coverage, digest: aDigest("7"), pieces: Buffer.of(0xff, 0x00) };
    outbox.put(part);
    outbox.take();
    outbox.put({ ...part, pieces: Buffer.of(0xff, 0x80) });
    assert.equal(outbox.dueInMs(), 1_000);
  });
});
