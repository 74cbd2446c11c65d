import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Failure } from "./attempt-failure.ts";
import { defaultRegistryLimits as limits } from "./registry-limits.ts";
import { backoffMs, decideRetry, parseRetryAfter } from "./retry.ts";

const host = "registry.example";
const decide = (failure: Failure, tried = 1) => decideRetry(failure, tried, limits, () => 0.5);

describe("a failed attempt", () => {
  const again: Failure[] = [
    ...[408, 500, 502, 503, 504].map((status) => ({ kind: "status", host, status }) as const),
    { kind: "limited", host },
    { kind: "limited", host, retryAfterMs: 100 },
    ...(
      [
        "refused",
        "reset",
        "unreachable",
        "connectTimeout",
        "headersTimeout",
        "bodyTimeout",
        "tooSlow",
        "documentTimeout",
      ] as const
    ).map((reason) => ({ kind: "network", host, reason }) as const),
  ];
  for (const failure of again) {
    it(`is tried again: ${JSON.stringify(failure)}`, () => {
      assert.deepEqual(decide(failure), { do: "wait", ms: 250 });
      assert.deepEqual(decide(failure, 4), { do: "wait", ms: 2_000 });
      assert.deepEqual(decide(failure, 5), { do: "giveUp", why: "triesSpent" });
    });
  }

  const never: Failure[] = [
    ...[400, 405, 418, 501].map((status) => ({ kind: "status", host, status }) as const),
    { kind: "loginWanted", host },
    { kind: "loginRefused", host },
    { kind: "forbidden", host },
    { kind: "absent", host },
    { kind: "network", host, reason: "nameUnknown" },
    { kind: "tls", host, reason: "expired" },
    { kind: "protocol", host, detail: "x" },
    { kind: "unsupported", host, detail: "x" },
    { kind: "leftAlone", host, forMs: 1 },
    { kind: "quarantined", host },
  ];
  for (const failure of never) {
    it(`is the end: ${JSON.stringify(failure)}`, () => {
      assert.deepEqual(decide(failure), { do: "giveUp", why: "notWorthIt" });
    });
  }

  it("waits as long as it is asked to, up to a minute", () => {
    const limited = (retryAfterMs: number): Failure => ({ kind: "limited", host, retryAfterMs });
    assert.deepEqual(decide(limited(59_999)), { do: "wait", ms: 59_999 });
    assert.deepEqual(decide(limited(60_000)), { do: "wait", ms: 60_000 });
    assert.deepEqual(decide(limited(60_001)), { do: "giveUp", why: "asksTooLong" });
  });

  it("backs off by doubling, 10 % around, to 3 s", () => {
    const waits = (random: number) =>
      [1, 2, 3, 4, 5].map((n) => backoffMs(n, limits, () => random));
    assert.deepEqual(waits(0), [225, 450, 900, 1_800, 3_000]);
    assert.deepEqual(waits(0.5), [250, 500, 1_000, 2_000, 3_000]);
    assert.deepEqual(waits(1), [275, 550, 1_100, 2_200, 3_000]);
  });
});

describe("Retry-After", () => {
  const now = Date.UTC(2030, 0, 1);
  const table: [header: string | undefined, ms: number | undefined][] = [
    [undefined, undefined],
    ["7", 7_000],
    [" 0 ", 0],
    ["Tue, 01 Jan 2030 00:00:30 GMT", 30_000],
    ["Mon, 31 Dec 2029 00:00:00 GMT", 0],
    ["-1", undefined],
    ["1.5", undefined],
    ["1e3", undefined],
    ["soon", undefined],
    ["Foo, bar", undefined],
    ["99999999999", undefined],
  ];
  for (const [header, ms] of table) {
    it(`${JSON.stringify(header)} is ${ms} ms`, () =>
      assert.equal(parseRetryAfter(header, now), ms));
  }
});
