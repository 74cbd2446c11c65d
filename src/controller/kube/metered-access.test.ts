import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ApiAccess } from "./api-access.ts";
import { type ApiCall, meteredAccess, resourceIn } from "./metered-access.ts";
import { resourcePath } from "./resource.ts";

const forever = new AbortController().signal;
const pods = { group: "", version: "v1", plural: "pods" };
const sets = { group: "oci-torrent.io", version: "v1alpha1", plural: "nodeimagesets" };

describe("the resource in a path", () => {
  for (const [path, resource] of [
    [resourcePath(pods), "pods"],
    [resourcePath(pods, { namespace: "a" }), "pods"],
    [resourcePath(pods, { namespace: "a", name: "secret-name" }), "pods"],
    [resourcePath(sets), "nodeimagesets"],
    [resourcePath(sets, { name: "n", subresource: "status" }), "nodeimagesets/status"],
    [
      resourcePath(sets, { namespace: "a", name: "n", subresource: "status" }),
      "nodeimagesets/status",
    ],
    ["/apis/authentication.k8s.io/v1/tokenreviews", "tokenreviews"],
  ] as const) {
    it(`is ${resource} of ${path}`, () => assert.equal(resourceIn(path), resource));
  }
});

describe("access that is metered", () => {
  it("tells of each request what was answered, and of one without an answer", async () => {
    const calls: ApiCall[] = [];
    const state = { away: false };
    const access: ApiAccess = {
      async send() {
        if (state.away) throw new Error("no route");
        return { status: 409, headers: {}, body: (async function* () {})() };
      },
    };
    const metered = meteredAccess(access, (call) => calls.push(call));
    await metered.send({ method: "PUT", path: resourcePath(pods, { name: "a" }) }, forever);
    state.away = true;
    const watch = { method: "GET", path: resourcePath(pods), query: { watch: "true" } } as const;
    await assert.rejects(metered.send(watch, forever), /no route/);
    assert.deepEqual(calls, [
      { verb: "put", resource: "pods", code: 409 },
      { verb: "watch", resource: "pods", code: 0 },
    ]);
  });
});
