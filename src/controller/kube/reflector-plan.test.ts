import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FIRST_PLAN, nextStep, type Outcome, type Plan, type Step } from "./reflector-plan.ts";

const least = () => 0;
const after = (plan: Plan, ...outcomes: readonly Outcome[]): Step =>
  outcomes.reduce<Step>((step, outcome) => nextStep(step.plan, outcome, least), {
    plan,
    waitMs: 0,
  });
const refused = (code: number, retryAfterMs?: number): Outcome => ({
  how: "refused",
  code,
  retryAfterMs,
});
const ended = (at: string | undefined, told = true): Outcome => ({ how: "ended", at, told });
const watching = after(FIRST_PLAN, ended("7")).plan;

describe("the plan of a reflector", () => {
  it("begins with a stream, and goes on from where that ended", () => {
    assert.deepEqual(FIRST_PLAN.next, { do: "stream" });
    assert.deepEqual(watching.next, { do: "watch", from: "7" });
    assert.deepEqual(after(watching, ended("9")).plan.next, { do: "watch", from: "9" });
  });

  it("lists at once where the server does not stream, and never asks it to again", () => {
    const step = after(FIRST_PLAN, refused(422));
    assert.deepEqual([step.plan.next, step.waitMs], [{ do: "list" }, 0]);
    const later = after(step.plan, { how: "listed", at: "5" }, { how: "gone" });
    assert.deepEqual(later.plan.next, { do: "list" });
  });

  it("lists where a stream ended before it had told all", () => {
    assert.deepEqual(after(FIRST_PLAN, ended(undefined)).plan.next, { do: "list" });
  });

  for (const code of [401, 403, 429, 503]) {
    it(`asks again for a stream after ${code}, which says nothing about streams`, () => {
      assert.deepEqual(after(FIRST_PLAN, refused(code)).plan.next, { do: "stream" });
    });
  }

  it("watches at once after a list", () => {
    const step = after(FIRST_PLAN, refused(422), { how: "listed", at: "5" });
    assert.deepEqual([step.plan.next, step.waitMs], [{ do: "watch", from: "5" }, 0]);
  });

  it("reads all again once the past is gone: as a stream where the server streams", () => {
    assert.deepEqual(after(watching, { how: "gone" }).plan.next, { do: "stream" });
    const listing = after(FIRST_PLAN, refused(400), { how: "listed", at: "5" }).plan;
    assert.deepEqual(after(listing, { how: "gone" }).plan.next, { do: "list" });
  });

  it("has what was garbled told again, and reads all when it is garbled again", () => {
    const garbled: Outcome = { how: "garbled", at: "7", moved: false };
    const once = after(watching, garbled);
    assert.deepEqual(once.plan.next, { do: "watch", from: "7" });
    assert.deepEqual(after(once.plan, garbled).plan.next, { do: "stream" });
    const moved: Outcome = { how: "garbled", at: "8", moved: true };
    assert.deepEqual(after(once.plan, moved).plan.next, { do: "watch", from: "8" });
  });

  it("waits twice as long each time that nothing comes of it, up to 15 s", () => {
    const waits = [1, 2, 3, 4, 5, 6].map(
      (times) => after(watching, ...Array<Outcome>(times).fill({ how: "unanswered" })).waitMs,
    );
    assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  });

  it("waits half as long again at most by chance, and a second at least", () => {
    const most = nextStep(watching, { how: "unanswered" }, () => 1);
    assert.equal(most.waitMs, 1_500);
    assert.equal(after(watching, ended("9")).waitMs, 1_000);
  });

  it("begins anew with a second once something came", () => {
    const failing = Array<Outcome>(5).fill({ how: "unanswered" });
    assert.equal(after(watching, ...failing, ended("9"), { how: "unanswered" }).waitMs, 1_000);
  });

  it("waits ever longer where it is forbidden, up to 5 minutes with chance", () => {
    const step = after(watching, ...Array<Outcome>(12).fill(refused(403)));
    assert.equal(step.waitMs, 200_000);
    assert.equal(nextStep(step.plan, refused(403), () => 1).waitMs, 300_000);
  });

  it("waits as long as the server asks, within reason", () => {
    assert.equal(after(watching, refused(429, 40_000)).waitMs, 40_000);
    assert.equal(after(watching, refused(429, 1e9)).waitMs, 300_000);
    assert.equal(after(watching, refused(429, 1)).waitMs, 1_000);
  });

  it("reads all again where the server refuses three times to go on", () => {
    const twice = after(watching, refused(504), refused(504)).plan;
    assert.deepEqual(twice.next, watching.next);
    assert.deepEqual(after(twice, refused(504)).plan.next, { do: "stream" });
  });
});
