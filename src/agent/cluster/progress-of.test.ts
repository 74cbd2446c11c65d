import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { aDigest, controllerMessages } from "../../api/testing/index.ts";
import { parseReference } from "../../oci/index.ts";
import type { ActiveBlob } from "../blob-transfers.ts";
import { type ImageState, type ImageView, noTotals } from "../image-state.ts";
import { createLayerSources } from "./layer-sources.ts";
import { progressOf } from "./progress-of.ts";

const [one, two] = [aDigest("1"), aDigest("2")];
const layer = (digest: typeof one, size: number) => ({ digest, size, mediaType: "layer", rank: 0 });
const config = { ...layer(aDigest("c"), 5), mediaType: "config" };
const assign = { ...controllerMessages.assign, blobs: [config, layer(one, 100), layer(two, 50)] };

const aView = (state: ImageState, stored: readonly (typeof one)[] = []): ImageView => ({
  record: {
    reference: parseReference("a/b:1"),
    wanted: { kind: "all" },
    desired: "started",
    trackers: [],
  },
  state,
  plan: {
    top: layer(aDigest("d"), 9),
    manifests: [],
    configs: [config],
    layers: [layer(one, 100), layer(two, 50)],
  },
  stored: new Set(stored),
  totals: noTotals,
});
const active: ActiveBlob = { source: "SOURCE_PEER", completedBytes: 30, bytesPerSecond: 7.4 };

const progress = (
  view: ImageView | undefined,
  { moving = false, sources = createLayerSources(), load = "Never" as "Never" | "Always" } = {},
) =>
  progressOf({
    assign: { ...assign, load },
    view,
    active: (digest) => (moving && digest === two ? active : undefined),
    sources,
  });

describe("how far an assigned image is", () => {
  it("is nowhere before it was begun", () => {
    const { state, completedBytes, totalBytes, layers } = progress(undefined);
    assert.deepEqual([state, completedBytes, totalBytes, layers], ["Fetching", 0, 155, []]);
  });

  it("is what is stored and what has come, with where that came from", () => {
    const sources = createLayerSources();
    sources.begun(two, assign.digest);
    sources.fromRegistry(two, 20);
    const now = progress(aView({ state: "transferring" }, [one]), { moving: true, sources });
    assert.deepEqual(now.layers, [
      {
        digest: one,
        size: 100,
        completedBytes: 100,
        registryBytes: 0,
        peerBytes: 0,
        localBytes: 100,
      },
      {
        digest: two,
        size: 50,
        completedBytes: 30,
        registryBytes: 20,
        peerBytes: 10,
        localBytes: 0,
      },
    ]);
    assert.equal(now.completedBytes, 5 + 100 + 30);
    assert.deepEqual([now.registryBytes, now.peerBytes, now.localBytes], [20, 10, 105]);
    assert.equal(now.bytesPerSecond, 7);
  });

  const states: Record<string, readonly [ImageState, string, string | undefined]> = {
    "being looked up": [{ state: "resolving" }, "Fetching", undefined],
    "on its way": [{ state: "transferring" }, "Fetching", undefined],
    "short of room": [
      { state: "paused", reason: "DiskPressure", message: "full" },
      "Waiting",
      "InsufficientDisk",
    ],
    failed: [{ state: "failed", reason: "NotFound", message: "gone" }, "Failed", "NotFound"],
    there: [{ state: "seeding" }, "Ready", undefined],
  };
  for (const [what, [state, word, reason]] of Object.entries(states)) {
    it(`is ${word} when it is ${what}`, () => {
      const now = progress(aView(state));
      assert.deepEqual([now.state, now.reason], [word, reason]);
    });
  }

  it("waits for a runtime when it should be loaded, and says that all of it is here", () => {
    const now = progress(aView({ state: "seeding" }, [one, two]), { load: "Always" });
    assert.deepEqual([now.state, now.reason], ["Waiting", "RuntimeNotConfigured"]);
    assert.equal(now.completedBytes, now.totalBytes);
  });

  it("says in one sentence why it could not be begun", () => {
    const refused = progressOf({
      assign,
      view: undefined,
      active: () => undefined,
      sources: createLayerSources(),
      refusal: "no\nreference",
    });
    assert.deepEqual([refused.state, refused.message], ["Failed", "no reference"]);
  });
});

describe("where a layer's bytes came from", () => {
  const [image, another] = [aDigest("i"), aDigest("j")];

  it("is the disk for one that was here before", () => {
    assert.equal(createLayerSources().of(one, 9, image).localBytes, 9);
  });

  it("is settled when it is whole: what neither registry nor peers gave was here", () => {
    const sources = createLayerSources();
    const now = (bytes: number) => sources.of(one, bytes, image);
    sources.begun(one, image);
    assert.deepEqual(now(40), { registryBytes: 0, peerBytes: 40, localBytes: 0 });
    sources.fromRegistry(one, 25);
    sources.done(one, 60);
    assert.deepEqual(now(100), { registryBytes: 25, peerBytes: 60, localBytes: 15 });
    sources.forget(one);
    assert.equal(now(100).localBytes, 100);
  });

  it("is the disk for every image but the one that it was brought for", () => {
    const sources = createLayerSources();
    sources.begun(one, image);
    sources.fromRegistry(one, 25);
    sources.done(one, 75);
    assert.deepEqual(sources.of(one, 100, another), {
      registryBytes: 0,
      peerBytes: 0,
      localBytes: 100,
    });
    assert.equal(sources.of(one, 100, image).localBytes, 0);
  });

  it("is counted anew when it is brought for another image", () => {
    const sources = createLayerSources();
    sources.begun(one, image);
    sources.fromRegistry(one, 25);
    sources.begun(one, image);
    assert.equal(sources.of(one, 100, image).registryBytes, 25);
    sources.begun(one, another);
    assert.equal(sources.of(one, 100, another).registryBytes, 0);
  });

  it("is never less than nothing, though a registry gives bytes twice", () => {
    const sources = createLayerSources();
    sources.begun(one, image);
    sources.fromRegistry(one, 150);
    sources.done(one, 10);
    assert.deepEqual(sources.of(one, 100, image), {
      registryBytes: 150,
      peerBytes: 0,
      localBytes: 0,
    });
  });
});
