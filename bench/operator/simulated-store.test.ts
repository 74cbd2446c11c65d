import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Assign, Digest, Lease } from "../../src/api/index.ts";
import { aDigest, controllerMessages } from "../../src/api/testing/index.ts";
import { createSimulatedStore } from "./simulated-store.ts";

const blob = (digit: string, size: number, rank: number) => ({
  digest: aDigest(digit),
  ...{ size, rank, mediaType: "layer" },
});
const anAssign = (key: string, ...layers: readonly string[]): Assign => ({
  ...controllerMessages.assign,
  key,
  blobs: [blob("c", 5, 0), ...layers.map((digit, index) => blob(digit, 100, index + 1))],
});

describe("the store of a simulated node", () => {
  it("takes in layers one after the other, and says which have become whole", () => {
    const store = createSimulatedStore(150, () => new Map());
    store.assign(anAssign("one", "1", "2"));
    assert.deepEqual(store.progress()[0]?.state, "Fetching");
    assert.deepEqual(store.goOn(1), [{ digest: aDigest("1"), size: 100 }]);
    assert.equal(store.bytesOf(aDigest("2")), 50);
    assert.equal(store.figures().reservedBytes, 50);
    assert.deepEqual(store.goOn(1), [{ digest: aDigest("2"), size: 100 }]);
    const [now] = store.progress();
    assert.deepEqual([now?.state, now?.completedBytes, now?.bytesPerSecond], ["Ready", 205, 0]);
    assert.deepEqual(store.goOn(1), []);
  });

  it("has from the registry what it had a lease on, and the rest from peers", () => {
    const lease = { ...controllerMessages.lease, digest: aDigest("1") };
    const store = createSimulatedStore(200, () => new Map<Digest, Lease>([[lease.digest, lease]]));
    store.assign(anAssign("one", "1", "2"));
    store.goOn(1);
    const [now] = store.progress();
    assert.deepEqual([now?.registryBytes, now?.peerBytes], [100, 100]);
  });

  it("keeps of a released image what another has too", () => {
    const store = createSimulatedStore(1_000, () => new Map());
    store.assign(anAssign("one", "1", "2"));
    store.assign(anAssign("two", "2"));
    store.goOn(1);
    store.release("one");
    assert.deepEqual(store.held(), [{ digest: aDigest("2"), size: 100 }]);
    assert.equal(store.bytesOf(aDigest("1")), 0);
  });
});
