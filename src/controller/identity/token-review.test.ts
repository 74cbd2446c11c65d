import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { aPod, aReview, ours } from "./testing/a-review.ts";
import { callerOf, memberOf } from "./token-review.ts";

const caller = { node: "node-1", podName: "agent-node-1", podUid: "uid-node-1" };
const right = aReview("node-1");
const withExtra = (extra: object) =>
  aReview("node-1", { user: { ...right.user, extra: { ...right.user.extra, ...extra } } });

describe("a token", () => {
  it("of one of our agents names its pod and node", () => {
    assert.deepEqual(callerOf(right, ours), caller);
  });

  const refused: Record<string, readonly [string, unknown]> = {
    "that the API server does not know": [
      "UNAUTHENTICATED",
      aReview("node-1", { authenticated: false }),
    ],
    "without an answer": ["UNAUTHENTICATED", undefined],
    "that is said to be valid in other words": [
      "UNAUTHENTICATED",
      aReview("node-1", { authenticated: "true" }),
    ],
    "for the API server": [
      "UNAUTHENTICATED",
      aReview("node-1", { audiences: ["https://kubernetes.default.svc"] }),
    ],
    "for nobody": ["UNAUTHENTICATED", aReview("node-1", { audiences: undefined })],
    "of another service account": [
      "FORBIDDEN",
      aReview("node-1", {
        user: { ...right.user, username: "system:serviceaccount:oci-torrent:default" },
      }),
    ],
    "of the same account elsewhere": [
      "FORBIDDEN",
      aReview("node-1", {
        user: { ...right.user, username: "system:serviceaccount:other:oci-torrent-agent" },
      }),
    ],
    "of nobody": ["FORBIDDEN", aReview("node-1", { user: undefined })],
    "that is not bound to a node": [
      "FORBIDDEN",
      withExtra({ "authentication.kubernetes.io/node-name": undefined }),
    ],
    "that is bound to two nodes": [
      "FORBIDDEN",
      withExtra({ "authentication.kubernetes.io/node-name": ["node-1", "node-2"] }),
    ],
    "that is not bound to a pod": [
      "FORBIDDEN",
      withExtra({ "authentication.kubernetes.io/pod-uid": [] }),
    ],
    "that is bound to what has no name": [
      "FORBIDDEN",
      withExtra({ "authentication.kubernetes.io/pod-name": [7] }),
    ],
  };
  for (const [which, [code, review]] of Object.entries(refused)) {
    it(`${which} is refused`, () => {
      assert.ok(callerOf(right, ours));
      assert.throws(() => callerOf(review, ours), { code });
    });
  }
});

describe("the pod that a token is bound to", () => {
  const pod = aPod("node-1");
  it("gives the member its addresses, each once", () => {
    const status = {
      phase: "Running",
      podIPs: [{ ip: "10.0.0.1" }, { ip: "fd00::1" }],
      hostIPs: [{ ip: "10.0.0.1" }, { ip: "not an address" }],
    };
    assert.deepEqual(memberOf(caller, { ...pod, status }, ours), {
      ...caller,
      addresses: ["10.0.0.1", "fd00::1"],
    });
  });

  const refused: Record<string, unknown> = {
    "is gone": undefined,
    "is another of the same name": { ...pod, metadata: { ...pod.metadata, uid: "uid-2" } },
    "is not an agent's": { ...pod, spec: { ...pod.spec, serviceAccountName: "default" } },
    "runs on another node": { ...pod, spec: { ...pod.spec, nodeName: "node-2" } },
    "runs nowhere yet": { ...pod, spec: { ...pod.spec, nodeName: undefined } },
    "has ended": { ...pod, status: { ...pod.status, phase: "Failed" } },
  };
  for (const [what, other] of Object.entries(refused)) {
    it(`makes nobody a member when it ${what}`, () => {
      assert.ok(memberOf(caller, pod, ours));
      assert.throws(() => memberOf(caller, other, ours), { code: "FORBIDDEN" });
    });
  }
});
