import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ApiError } from "../kube/api-error.ts";
import { TerminalError } from "../queue/work-queue.ts";
import { heedingRefusals } from "./refusals.ts";

const refused = (code: number, retryAfterMs?: number) =>
  heedingRefusals(
    Promise.reject(
      new ApiError("PATCH /x", {
        code,
        reason: "R",
        message: "m",
        ...(retryAfterMs !== undefined && { retryAfterMs }),
      }),
    ),
  );

describe("work that an API server refuses", () => {
  for (const code of [404, 409]) {
    it(`reads again after ${code}`, async () => {
      assert.deepEqual(await refused(code), { requeueAfterMs: 1_000 });
    });
  }

  it("comes back after 429 when it is asked to, within reason", async () => {
    assert.deepEqual(await refused(429, 7_000), { requeueAfterMs: 7_000 });
    assert.deepEqual(await refused(429), { requeueAfterMs: 1_000 });
    assert.deepEqual(await refused(429, 1e9), { requeueAfterMs: 300_000 });
  });

  for (const code of [400, 415, 422]) {
    it(`is not tried again by itself after ${code}, and says why`, async () => {
      await assert.rejects(refused(code), (error) => {
        return error instanceof TerminalError && /PATCH \/x: .* m/.test(error.message);
      });
    });
  }

  for (const code of [401, 403, 500, 503]) {
    it(`is tried again ever later after ${code}`, async () => {
      await assert.rejects(refused(code), (error) => error instanceof ApiError);
    });
  }

  it("is left alone when nothing refuses it, or something else fails", async () => {
    assert.deepEqual(await heedingRefusals(Promise.resolve({ requeueAfterMs: 5 })), {
      requeueAfterMs: 5,
    });
    await assert.rejects(heedingRefusals(Promise.reject(new RangeError("x"))), RangeError);
  });
});
