import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createdAt } from "./created-at.ts";

describe("when the image was made", () => {
  it("is what SOURCE_DATE_EPOCH says", () => {
    const at = createdAt({ SOURCE_DATE_EPOCH: "1770091506" });
    assert.equal(at.toISOString(), "2026-02-03T04:05:06.000Z");
  });

  it("is else the time of the last commit, or 1970 where there is none", () => {
    const at = createdAt({});
    assert.ok(at.getTime() <= Date.now());
    assert.equal(at.getTime() % 1000, 0);
  });

  for (const text of ["", "today", "-1", "1.5", "1e9", "999999999999"]) {
    it(`is not "${text}"`, () => {
      assert.throws(() => createdAt({ SOURCE_DATE_EPOCH: text }), /whole seconds since 1970$/);
    });
  }
});
