import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decideLease, type Lease, leaseDraft, parseLease } from "./lease.ts";

const lease = (fields: Partial<Lease> = {}): Lease => ({
  holder: "other",
  durationMs: 10_000,
  transitions: 3,
  acquireTime: "2030-01-01T00:00:00.000000Z",
  resourceVersion: "7",
  ...fields,
});
const now = new Date("2031-02-03T04:05:06.789Z");

describe("what to do about the lease", () => {
  const rows: Readonly<Record<string, [Lease | undefined, number, string]>> = {
    "is to make it where there is none": [undefined, 0, "create"],
    "is to renew one's own": [lease({ holder: "me" }), 60_000, "renew"],
    "is to take one that was given up": [lease({ holder: "" }), 0, "take"],
    "is to wait while it may be held": [lease(), 9_999, "wait"],
    "is to take one that has not changed for its duration": [lease(), 10_000, "take"],
    "is to wait as long as its holder said": [lease({ durationMs: 15_000 }), 14_999, "wait"],
    "is to wait the usual time where its holder said less": [
      lease({ durationMs: 0 }),
      9_999,
      "wait",
    ],
  };
  for (const [what, [known, unchangedMs, decision]] of Object.entries(rows)) {
    it(what, () => assert.equal(decideLease(known, "me", 1_000, 1_000 + unchangedMs), decision));
  }
});

describe("a lease", () => {
  it("is written with microseconds, its version, and one more transition when it is taken", () => {
    const draft = leaseDraft({ name: "l", holder: "me", known: lease(), now });
    assert.deepEqual(draft.metadata, { name: "l", resourceVersion: "7" });
    assert.deepEqual(draft["spec"], {
      holderIdentity: "me",
      leaseDurationSeconds: 10,
      acquireTime: "2031-02-03T04:05:06.789000Z",
      renewTime: "2031-02-03T04:05:06.789000Z",
      leaseTransitions: 4,
    });
  });

  it("keeps since when it is held when it is renewed or given up", () => {
    const mine = lease({ holder: "me" });
    for (const holder of ["me", ""]) {
      const { acquireTime, leaseTransitions } = leaseDraft({ name: "l", holder, known: mine, now })[
        "spec"
      ] as Record<string, unknown>;
      assert.deepEqual([acquireTime, leaseTransitions], [mine.acquireTime, 3]);
    }
  });

  it("is new where there was none", () => {
    const draft = leaseDraft({ name: "l", holder: "me", known: undefined, now });
    assert.deepEqual(draft.metadata, { name: "l" });
    assert.equal((draft["spec"] as Record<string, unknown>)["leaseTransitions"], 0);
  });

  it("reads as nobody's where it says nothing, and never lasts for ever", () => {
    const metadata = { name: "l", uid: "u", resourceVersion: "7" };
    const empty = { holder: "", durationMs: 0, transitions: 0, acquireTime: undefined };
    assert.deepEqual(parseLease({ metadata }), { ...empty, resourceVersion: "7" });
    const long = parseLease({ metadata, spec: { leaseDurationSeconds: 1e9 } });
    assert.equal(long.durationMs, 300_000);
  });
});
