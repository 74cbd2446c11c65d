import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { aDigest, agentMessages } from "../../api/testing/index.ts";
import { createSharedDigests } from "./shared-digests.ts";

describe("digests that all agents share", () => {
  it("leave what was said as it was", () => {
    const digests = createSharedDigests();
    const { hello, ...later } = agentMessages;
    assert.deepEqual(digests.inHello(hello), hello);
    for (const message of Object.values(later)) {
      assert.deepEqual(digests.inMessage(message), message);
    }
  });

  it("are forgotten when there are too many, and said rightly still", () => {
    const digests = createSharedDigests(1);
    for (const digit of ["1", "2", "1"]) {
      const message = { ...agentMessages.leaseReport, digest: aDigest(digit) };
      assert.deepEqual(digests.inMessage(message), message);
    }
  });
});
