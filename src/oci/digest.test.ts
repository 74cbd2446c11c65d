import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { digestFromHex, digestOf, hexOf, isDigest, parseDigest } from "./digest.ts";
import { propertyRuns } from "./testing/reference-arbitrary.ts";

const hex = "0123456789abcdef".repeat(4);

describe("parseDigest", () => {
  it("reads the digest of any bytes, and its hex digits", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const digest = digestOf(bytes);
        assert.equal(parseDigest(digest), digest);
        assert.equal(digestFromHex(hexOf(digest)), digest);
      }),
      { numRuns: propertyRuns },
    );
  });
  it("knows the digest of nothing", () => {
    const nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert.equal(digestOf(Buffer.alloc(0)), `sha256:${nothing}`);
  });

  const malformed = {
    empty: "",
    "without an algorithm": hex,
    "too short": `sha256:${hex.slice(1)}`,
    "too long": `sha256:${hex}0`,
    "in upper case": `sha256:${hex.toUpperCase()}`,
    "of another algorithm": `sha512:${hex}${hex}`,
    "a path": `sha256:../../${hex.slice(6)}`,
    "followed by a newline": `sha256:${hex}\n`,
  };
  for (const [why, text] of Object.entries(malformed)) {
    it(`refuses one that is ${why}`, () => {
      assert.equal(isDigest(text), false);
      assert.throws(() => parseDigest(text), {
        code: "DIGEST_INVALID",
        message: `not a sha256 digest: ${JSON.stringify(text.slice(0, 100))}`,
      });
    });
  }
});
