import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Digest, Peers } from "../../api/index.ts";
import { aDigest, controllerMessages } from "../../api/testing/index.ts";
import { parseReference } from "../../oci/index.ts";
import { type ImageView, noTotals } from "../image-state.ts";
import { createPeerHints } from "./peer-hints.ts";

const layer = { digest: aDigest("1"), size: 9, mediaType: "layer" };
const peers: Peers = { ...controllerMessages.peers, digest: layer.digest };
const other: Peers = { ...peers, peers: [{ node: "node-3", address: "10.0.0.3:6880" }] };

const aView = (isStored = false): ImageView => ({
  record: {
    reference: parseReference("a/b:1"),
    wanted: { kind: "all" },
    desired: "started",
    trackers: [],
  },
  state: { state: "transferring" },
  plan: { top: layer, manifests: [], configs: [], layers: [layer] },
  stored: new Set(isStored ? [layer.digest] : []),
  totals: noTotals,
});

function aNode() {
  const suggested: (readonly string[])[] = [];
  const world = { named: new Map<Digest, Peers>(), isActive: true, nowMs: 0 };
  const hints = createPeerHints({
    peers: () => world.named,
    isActive: () => world.isActive,
    suggest: (_, addresses) => suggested.push(addresses),
    nowMs: () => world.nowMs,
  });
  return { world, suggested, look: (view = aView()) => hints.look([view]) };
}

describe("peers that the controller names", () => {
  it("are suggested once, again after half a minute, and others at once", () => {
    const { world, suggested, look } = aNode();
    look();
    world.named.set(layer.digest, peers);
    look();
    look();
    assert.deepEqual(suggested, [["[fd00::2]:6880"]]);
    world.nowMs = 30_000;
    look();
    world.named.set(layer.digest, other);
    look();
    assert.deepEqual(suggested.slice(1), [["[fd00::2]:6880"], ["10.0.0.3:6880"]]);
  });

  it("are suggested only for a layer that is on its way, as soon as it is", () => {
    const { world, suggested, look } = aNode();
    world.named.set(layer.digest, peers);
    world.isActive = false;
    look();
    look(aView(true));
    assert.deepEqual(suggested, []);
    world.isActive = true;
    look(aView(true));
    assert.deepEqual(suggested, []);
    look();
    assert.equal(suggested.length, 1);
  });
});
