import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createFakeClock } from "../../runtime/testing/index.ts";
import { createAuthenticator } from "./authenticator.ts";
import { aPod, aReview, ours } from "./testing/a-review.ts";

const { signal } = new AbortController();

/** A cluster in which every token is that of the node it names. */
function aCluster() {
  const clock = createFakeClock();
  const asked: number[] = [];
  const gone = new Set<string>();
  const authenticator = createAuthenticator({
    ours,
    clock,
    async reviewToken(token) {
      asked.push(clock.now());
      return token.startsWith("node-") ? aReview(token) : { authenticated: false };
    },
    findPod: async (name) => (gone.has(name) ? undefined : aPod(name.slice("agent-".length))),
  });
  return {
    clock,
    asked,
    gone,
    authenticate: (token: string) => authenticator.authenticate(token, signal),
  };
}

describe("an authenticator", () => {
  it("knows an agent by its token, and asks again only after half a minute", async () => {
    const { authenticate, asked, clock } = aCluster();
    assert.equal((await authenticate("node-1")).node, "node-1");
    assert.equal((await authenticate("node-1")).podUid, "uid-node-1");
    await clock.advance(29_999);
    await authenticate("node-1");
    assert.equal(asked.length, 1);
    await clock.advance(1);
    await authenticate("node-1");
    assert.equal(asked.length, 2);
  });

  it("does not know an agent any more whose pod is gone, though its token was good a moment ago", async () => {
    const { authenticate, gone } = aCluster();
    await authenticate("node-1");
    gone.add("agent-node-1");
    await assert.rejects(authenticate("node-1"), { code: "FORBIDDEN" });
    assert.equal((await authenticate("node-2")).node, "node-2");
  });

  it("refuses a token that is none, and asks nobody about one that is no text of use", async () => {
    const { authenticate, asked } = aCluster();
    await assert.rejects(authenticate("stolen"), { code: "UNAUTHENTICATED" });
    assert.equal(asked.length, 1);
    for (const token of ["", "x".repeat(16 * 1024 + 1)]) {
      await assert.rejects(authenticate(token), { code: "UNAUTHENTICATED" });
    }
    assert.equal(asked.length, 1);
  });

  it("asks at most a hundred times in any second, however many agents come at once", async () => {
    const { authenticate, asked, clock } = aCluster();
    const all = Array.from({ length: 1_000 }, (_, index) => authenticate(`node-${index}`));
    for (let second = 0; second < 10; second += 1) await clock.advance(1_000);
    await Promise.all(all);
    assert.equal(asked.length, 1_000);
    const busiest = asked.map(
      (from) => asked.filter((at) => at >= from && at < from + 1_000).length,
    );
    assert.ok(Math.max(...busiest) <= 102, `${Math.max(...busiest)} in a second`);
  });

  it("lets only so many wait", async () => {
    const { authenticate, clock } = aCluster();
    const all = Array.from({ length: 5_100 }, (_, index) => authenticate(`node-${index}`));
    const results = Promise.allSettled(all);
    await clock.advance(60_000);
    const refused = (await results).filter((result) => result.status === "rejected");
    assert.ok(refused.length > 0 && refused.length <= 100);
    assert.ok(refused.every(({ reason }) => reason.code === "TOO_MANY"));
  });
});
