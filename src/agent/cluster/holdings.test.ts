import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { aDigest, controllerMessages } from "../../api/testing/index.ts";
import { parseReference } from "../../oci/index.ts";
import { type ImageView, noTotals } from "../image-state.ts";
import type { News } from "../session/outbox.ts";
import { createHoldings } from "./holdings.ts";
import { allPieces, createReports } from "./reports.ts";

const SIZE = 9 * 256 * 1024 + 1;
const layer = { digest: aDigest("1"), size: SIZE, mediaType: "layer" };

const aView = (isStored: boolean): ImageView => ({
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
  const told: number[][] = [];
  const forgotten: string[] = [];
  const world = { nowMs: 0, pieces: undefined as Uint8Array | undefined };
  const holdings = createHoldings({
    heldPieces: () => world.pieces,
    tellPieces: (_, size, pieces) => {
      assert.equal(size, SIZE);
      told.push([...pieces]);
    },
    sources: { forget: (digest) => forgotten.push(digest) },
    nowMs: () => world.nowMs,
  });
  return { world, told, forgotten, look: (...views: ImageView[]) => holdings.look(views) };
}

describe("what a node says of layers", () => {
  it("is every few seconds which pieces are here, at once that it is whole, and once that it has gone", () => {
    const { world, told, forgotten, look } = aNode();
    look(aView(false));
    world.pieces = Buffer.of(0, 0);
    look(aView(false));
    assert.deepEqual(told, []);
    world.pieces = Buffer.of(0x80, 0);
    look(aView(false));
    world.pieces = Buffer.of(0xc0, 0);
    world.nowMs = 4_999;
    look(aView(false));
    assert.deepEqual(told, [[0x80, 0]]);
    world.nowMs = 5_000;
    look(aView(false));
    look(aView(true));
    look(aView(true));
    assert.deepEqual(told.slice(1), [
      [0xc0, 0],
      [0xff, 0xc0],
    ]);
    look();
    look();
    assert.deepEqual(told.slice(3), [[]]);
    assert.deepEqual(forgotten, [layer.digest]);
  });

  it("counts a layer as whole that one of two images has stored", () => {
    const { told, look } = aNode();
    look(aView(true), aView(false));
    assert.deepEqual(told, [[0xff, 0xc0]]);
  });
});

describe("the pieces of a layer that is whole", () => {
  it("are all there are, and no bit more", () => {
    assert.deepEqual([...allPieces(8 * 256 * 1024)], [0xff]);
    assert.deepEqual([...allPieces(1)], [0x80]);
  });
});

describe("what a later controller is told of leases", () => {
  const { kind: _, ...lease } = controllerMessages.lease;
  it("is every one that the node has, begun or not, and none that it had", () => {
    const leases = new Map([
      [lease.digest, lease],
      [aDigest("2"), { ...lease, digest: aDigest("2"), generation: 5 }],
    ]);
    const said: News[] = [];
    const reports = createReports({ leases }, (news) => said.push(news));
    const report = { digest: lease.digest, generation: 1, frontier: 3, registryBytes: 7 };
    reports.lease(report);
    reports.lease({ ...report, digest: aDigest("2"), generation: 4 });
    reports.lease({ ...report, digest: aDigest("3") });
    assert.deepEqual(reports.current(), [
      { kind: "leaseReport", ...report },
      { kind: "leaseReport", digest: aDigest("2"), generation: 5, frontier: 0, registryBytes: 0 },
    ]);
    assert.equal(said.length, 3);
  });

  it("comes with the registries that were tried, the last 64 of them", () => {
    const reports = createReports({ leases: new Map() }, () => {});
    for (let index = 0; index < 70; index += 1) {
      reports.registry({ host: `r${index}`, reachable: index % 2 === 0, message: "" });
    }
    assert.equal(reports.registries().size, 64);
    assert.deepEqual(
      [reports.registries().get("r69"), reports.registries().has("r5")],
      [false, false],
    );
  });
});
