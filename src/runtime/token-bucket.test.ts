import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { burstBytes, fullBucket, refill, spend, waitMs, withRate } from "./token-bucket.ts";

const MIB = 1024 * 1024;

describe("a token bucket", () => {
  const bursts = {
    "a second's worth at a slow rate": { rate: 10_000, burst: 10_000 },
    "64 KiB at a middling rate": { rate: MIB, burst: 65_536 },
    "20 ms at a fast rate": { rate: 50 * MIB, burst: MIB },
  };
  for (const [what, { rate, burst }] of Object.entries(bursts)) {
    it(`saves ${what}`, () => assert.equal(burstBytes(rate), burst));
  }

  it("asks for the time that the lacking bytes take", () => {
    const bucket = spend(fullBucket(1000, 0), 1000);
    assert.equal(waitMs(bucket, 500), 500);
    assert.equal(waitMs(refill(bucket, 500), 500), 0);
  });

  it("lets more than a burst pass when it is full, and waits for the debt afterwards", () => {
    const full = fullBucket(1000, 0);
    assert.equal(waitMs(full, 5000), 0);
    assert.equal(waitMs(spend(full, 5000), 1000), 5000);
  });

  it("keeps a debt and gives up savings when the rate falls", () => {
    const debt = spend(fullBucket(1000, 0), 2000);
    assert.equal(withRate(debt, 100, 0).tokens, -1000);
    assert.equal(withRate(fullBucket(1000, 0), 100, 0).tokens, 100);
  });

  it("never lets more pass than burst, rate and one chunk allow", () => {
    const chunk = fc.integer({ min: 1, max: 200_000 });
    const pause = fc.integer({ min: 0, max: 300 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000_000 }),
        fc.array(fc.tuple(chunk, pause), { maxLength: 100 }),
        (rate, takes) => {
          let now = 0;
          let passed = 0;
          let bucket = fullBucket(rate, now);
          for (const [bytes, pauseMs] of takes) {
            now += pauseMs;
            bucket = refill(bucket, now);
            const wait = waitMs(bucket, bytes);
            now += wait;
            bucket = refill(bucket, now);
            assert.equal(waitMs(bucket, bytes), 0);
            assert.ok(passed <= burstBytes(rate) + (rate * now) / 1000 + 1);
            bucket = spend(bucket, bytes);
            passed += bytes;
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
