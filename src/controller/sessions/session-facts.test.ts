import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { aDigest, agentMessages } from "../../api/testing/index.ts";
import {
  factsAfterBreak,
  factsAfterHello,
  factsAfterMessage,
  mayReplace,
  type SessionFacts,
} from "./session-facts.ts";

const { kind: _, ...hello } = agentMessages.hello;
const fresh = factsAfterHello(hello, undefined, 1_000);
const { coverage, progress } = agentMessages;
const later = (message: Parameters<typeof factsAfterMessage>[1], facts: SessionFacts = fresh) =>
  factsAfterMessage(facts, message, 2_000);

describe("what is known of an agent by its session", () => {
  it("begins with what it says first", () => {
    assert.equal(fresh.node, "node-1.example");
    assert.deepEqual(
      [fresh.sinceMs, fresh.lastSeenMs, fresh.brokenAtMs],
      [1_000, 1_000, undefined],
    );
    assert.deepEqual([...fresh.held], [[aDigest("a"), 2 ** 40]]);
  });

  it("follows every message, and each is a sign of life", () => {
    const store = { capacityBytes: 1, usedBytes: 0, freeBytes: 1, reservedBytes: 0 };
    assert.deepEqual(later({ kind: "heartbeat", store }).store, store);
    assert.equal(later(progress).progress.get(progress.key)?.state, "Waiting");
    assert.equal(later(agentMessages.leaseReport).leaseReports.size, 1);
    const { registryChecks } = later(agentMessages.registryCheck);
    assert.equal(registryChecks.get("registry.example:5000")?.reachable, false);
    assert.equal(later(progress).lastSeenMs, 2_000);
  });

  it("counts a blob as held when all its pieces are there, and not any more when they are gone", () => {
    const part = { ...coverage, pieces: Buffer.of(0xff, 0xc0) };
    const none = { ...coverage, pieces: Buffer.of() };
    const partly = later(part);
    assert.deepEqual([partly.held.has(coverage.digest), partly.coverage.size], [false, 1]);
    const whole = later(coverage, partly);
    assert.deepEqual([whole.held.get(coverage.digest), whole.coverage.size], [coverage.size, 0]);
    const gone = later(none, whole);
    assert.deepEqual([gone.held.has(coverage.digest), gone.coverage.size], [false, 0]);
    assert.deepEqual(later({ ...none, pieceCount: 0 }).held.size, 1);
  });

  it("outlives a broken stream of the same start, but for what is said anew", () => {
    const broken = factsAfterBreak(later(progress), 3_000);
    assert.equal(broken.brokenAtMs, 3_000);
    const again = factsAfterHello({ ...hello, held: [] }, broken, 9_000);
    assert.deepEqual(
      [again.sinceMs, again.lastSeenMs, again.brokenAtMs],
      [1_000, 9_000, undefined],
    );
    assert.deepEqual([again.progress.size, again.held.size], [1, 0]);
  });

  it("begins anew with another start or another pod", () => {
    const known = later(progress);
    for (const change of [{ epoch: 4 }, { podUid: "another" }]) {
      const anew = factsAfterHello({ ...hello, ...change }, known, 9_000);
      assert.deepEqual([anew.sinceMs, anew.progress.size], [9_000, 0]);
    }
  });

  it("has an end, whatever an agent tells", () => {
    let facts = fresh;
    for (let index = 0; index < 4_200; index += 1) {
      facts = later({ ...agentMessages.registryCheck, host: `h${index}` }, facts);
    }
    assert.equal(facts.registryChecks.size, 4_096);
    assert.ok(facts.registryChecks.has("h4199") && !facts.registryChecks.has("h0"));
  });
});

describe("a new session of a node", () => {
  const cases: readonly (readonly [string, SessionFacts | undefined, number, number, boolean])[] = [
    ["is the first", undefined, 3, 1_000, true],
    ["is of the same start", fresh, 3, 1_000, true],
    ["is of a later start", fresh, 4, 1_000, true],
    ["is of an earlier start while the later one is alive", fresh, 2, 15_999, false],
    ["is of an earlier start and the later one is silent", fresh, 2, 16_000, true],
    [
      "is of an earlier start and the later one's stream has ended",
      factsAfterBreak(fresh, 1_000),
      2,
      1_000,
      true,
    ],
  ];
  for (const [what, before, epoch, nowMs, may] of cases) {
    it(`${may ? "takes the place of the one before" : "is refused"} when it ${what}`, () => {
      assert.equal(mayReplace({ ...hello, epoch }, before, nowMs), may);
    });
  }
});
