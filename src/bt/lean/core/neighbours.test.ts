import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createCore } from "./core.ts";
import type { BlobKey, Input, LinkId, Output, Peer } from "./messages.ts";
import { defaultPolicy } from "./policy.ts";

const peer: Peer = { node: "10.0.0.1:1", zone: "", address: "10.0.0.1:1", kind: "agent" };

/** A core that wants two blobs; `dials` are those of each step. */
function aLeecher() {
  const core = createCore({ ...defaultPolicy, node: "us" }, () => 0.5);
  const dials = (input: Input): number => {
    const out: Output[] = [];
    core.step(0, input, out);
    return out.filter((output) => output.do === "dial").length;
  };
  for (const name of ["one", "two"]) {
    const wanted = { key: name as BlobKey, group: name, size: 1e6, pieceBytes: 262_144 };
    const held = new Uint8Array(1);
    dials({ on: "blobWanted", blob: { ...wanted, priority: 0, startedMs: 0, rank: 0, held } });
  }
  return { dials };
}

describe("a peer that is found for two blobs", () => {
  const found = (group: string): Input => ({ on: "peersFound", group, peers: [peer] });

  it("is dialled once while the first dial is under way, and not when it is linked", () => {
    const { dials } = aLeecher();
    assert.equal(dials(found("one")), 1);
    assert.equal(dials(found("two")), 0);
    assert.equal(dials({ on: "linkUp", link: 1 as LinkId, peer, dialled: true }), 0);
    assert.equal(dials(found("two")), 0);
  });
});
