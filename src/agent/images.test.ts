import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { ProgressEvent } from "../api/index.ts";
import { createBlobStore, createImageLayouts, OciError, parseReference } from "../oci/index.ts";
import { silentLog } from "../runtime/index.ts";
import { createBlobTransfers } from "./blob-transfers.ts";
import type { EventLog } from "./event-log.ts";
import { createImageRecords } from "./image-record.ts";
import { createImages, type Images } from "./images.ts";
import { createSlots } from "./slots.ts";
import { anOrigin } from "./testing/an-origin.ts";

const never = new AbortController().signal;
const one = parseReference("registry.example/app:1");
const two = parseReference("registry.example/app:2");
const [oneName, twoName] = ["registry.example/app:1", "registry.example/app:2"];
const all = { kind: "all" } as const;

async function toTheEnd(events: EventLog): Promise<ProgressEvent[]> {
  const told: ProgressEvent[] = [];
  for await (const event of events.follow(never)) told.push(event);
  return told;
}

/** The layer that a held-back transfer waits for, and the door that lets it through. */
function aGate() {
  const reached = Promise.withResolvers<void>();
  const door = Promise.withResolvers<void>();
  return {
    reached: reached.promise,
    open: door.resolve,
    async pass(signal: AbortSignal) {
      reached.resolve();
      signal.addEventListener("abort", () => door.reject(signal.reason), { once: true });
      await door.promise;
    },
  };
}

describe("images", () => {
  let directory: string;
  let source: ReturnType<typeof anOrigin>;
  const opened: Images[] = [];
  const room = { asked: Promise.withResolvers<void>(), made: Promise.withResolvers<void>() };

  /** A daemon's images over the same directory, as after a restart. */
  async function openImages() {
    const store = await createBlobStore(directory);
    const layouts = createImageLayouts({ root: join(directory, "oci"), blobs: store });
    const images = createImages({
      store,
      layouts,
      blobs: createBlobTransfers({
        store,
        partialDirectory: join(directory, "partial"),
        inSlot: createSlots(8),
      }),
      trackers: [],
      records: createImageRecords(join(directory, "records"), (file) => assert.fail(file)),
      originFor: () => source.origin,
      moreRoom: async () => {
        room.asked.resolve();
        await room.made.promise;
      },
      log: silentLog,
    });
    opened.push(images);
    return { images, store, layouts };
  }

  const start = (images: Images, reference = one) =>
    images.start({ reference, wanted: all, waitMs: 0 });

  const stateOf = (images: Images, reference = one) => images.view(reference)?.state.state;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "oci-torrent-images-"));
    for (const name of ["partial", "records", "oci"]) await mkdir(join(directory, name));
    source = anOrigin();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((images) => images.close()));
    await rm(directory, { recursive: true, force: true });
  });

  it("bring an image into the store and its layout, step by step", async () => {
    const image = source.push(oneName, ["base", "app"]);
    const { images, layouts, store } = await openImages();
    const steps = (await toTheEnd(await start(images))).map(({ step }) => step);
    assert.deepEqual(steps.slice(0, 2), ["STEP_INSPECT", "STEP_START_IMAGE"]);
    assert.deepEqual(steps.slice(-3), ["STEP_COPY_CONFIG", "STEP_WRITE_MANIFEST", "STEP_DONE"]);
    assert.equal((await layouts.readImage(one))?.descriptor.digest, image.top.digest);
    for (const { digest } of image.layers) assert.equal(await store.verify(digest, never), true);
    assert.equal(stateOf(images), "complete");
  });

  it("fetch only what a second image does not share", async () => {
    source.push(oneName, ["base", "app 1"]);
    const second = source.push(twoName, ["base", "app 2"]);
    const { images } = await openImages();
    await toTheEnd(await start(images));
    source.asked.length = 0;
    const done = (await toTheEnd(await start(images, two))).at(-1);
    assert.equal(done?.totals?.registryBytes, "app 2".length);
    assert.equal(done?.totals?.localBytes, "base".length);
    const layers = source.asked.filter((question) => question.startsWith("layer"));
    assert.deepEqual(layers, [`layer ${second.layers[1]?.digest}`]);
  });

  it("join a transfer that is under way", async () => {
    source.push(oneName, ["base"]);
    const gate = aGate();
    source.hooks.onLayer = (_request, signal) => gate.pass(signal);
    const { images } = await openImages();
    const first = await start(images);
    await gate.reached;
    assert.equal(await start(images), first);
    gate.open();
    assert.equal((await toTheEnd(first)).at(-1)?.step, "STEP_DONE");
  });

  it("go on after a restart with what was begun, and ask nobody what the tag is now", async () => {
    source.push(oneName, ["base", "app"]);
    const gate = aGate();
    source.hooks.onLayer = (_request, signal) => gate.pass(signal);
    const before = await openImages();
    const events = await start(before.images);
    await gate.reached;
    await before.images.close();
    await assert.rejects(toTheEnd(events), { code: "SHUTTING_DOWN" });

    delete source.hooks.onLayer;
    source.push(oneName, ["a newer image"]);
    source.asked.length = 0;
    const { images } = await openImages();
    await images.restore();
    while (stateOf(images) !== "complete") await images.changes.next(never);
    assert.equal(source.asked.includes("resolve"), false);
    assert.equal(images.view(one)?.plan?.layers.length, 2);
  });

  it("stay stopped after a restart, and start again when asked", async () => {
    source.push(oneName, ["base"]);
    const before = await openImages();
    await toTheEnd(await start(before.images));
    const stopped = await before.images.stop(one, false);
    assert.equal(stopped.length, 1);
    assert.equal(stateOf(before.images), "stopped");
    const { images, layouts } = await openImages();
    await images.restore();
    assert.equal(stateOf(images), "stopped");
    assert.notEqual(await layouts.readImage(one), undefined);
    await toTheEnd(await start(images));
    assert.equal(stateOf(images), "complete");
  });

  it("stop one image without stopping a layer that another waits for", async () => {
    source.push(oneName, ["base"]);
    source.push(twoName, ["base"]);
    const gate = aGate();
    source.hooks.onLayer = (_request, signal) => gate.pass(signal);
    const { images } = await openImages();
    const first = await start(images);
    await gate.reached;
    const second = await start(images, two);
    while (images.view(two)?.state.state !== "transferring") await images.changes.next(never);
    const joined = second.follow(never);
    while ((await joined.next()).value?.step !== "STEP_COPY_BLOB");
    await images.stop(one, false);
    await assert.rejects(toTheEnd(first), { code: "STOPPED" });
    gate.open();
    assert.equal((await toTheEnd(second)).at(-1)?.step, "STEP_DONE");
    assert.equal(source.asked.filter((question) => question.startsWith("layer")).length, 1);
  });

  it("remove an image, and the bytes that only it needed", async () => {
    source.push(oneName, ["base", "app 1"]);
    source.push(twoName, ["base", "app 2"]);
    const { images, store, layouts } = await openImages();
    await toTheEnd(await start(images));
    await toTheEnd(await start(images, two));
    const [base, app] = images.view(one)?.plan?.layers ?? [];
    assert.ok(base !== undefined && app !== undefined);
    const freed = await images.remove(one);
    assert.ok(freed >= "app 1".length);
    assert.equal(images.view(one), undefined);
    assert.equal(await layouts.readImage(one), undefined);
    assert.equal(await store.stat(app.digest), undefined);
    assert.notEqual(await store.stat(base.digest), undefined);
  });

  it("follow a tag that moved when they are started again", async () => {
    source.push(oneName, ["old"]);
    const { images, layouts } = await openImages();
    await toTheEnd(await start(images));
    const newer = source.push(oneName, ["new"]);
    await toTheEnd(await start(images));
    assert.equal((await layouts.readImage(one))?.descriptor.digest, newer.top.digest);
  });

  it("keep a complete image when its tag cannot be looked up any more", async () => {
    source.push(oneName, ["base"]);
    const { images } = await openImages();
    await toTheEnd(await start(images));
    source.untag(oneName);
    await assert.rejects(toTheEnd(await start(images)), { code: "REGISTRY_NOT_FOUND" });
    assert.equal(stateOf(images), "complete");
  });

  it("say why an image failed", async () => {
    const { images } = await openImages();
    await assert.rejects(toTheEnd(await start(images)), { code: "REGISTRY_NOT_FOUND" });
    assert.deepEqual(images.view(one)?.state, {
      state: "failed",
      reason: "NotFound",
      message: `no ${oneName} here`,
    });
  });

  it("pause while the disk is full, and go on by themselves", async () => {
    source.push(oneName, ["base"]);
    let tries = 0;
    source.hooks.onLayer = async () => {
      tries += 1;
      if (tries === 1) throw new OciError("DISK_FULL", "no space");
    };
    const { images } = await openImages();
    const events = await start(images);
    await room.asked.promise;
    const paused = images.view(one)?.state;
    assert.equal(paused?.state === "paused" && paused.reason, "DiskPressure");
    room.made.resolve();
    assert.equal((await toTheEnd(events)).at(-1)?.step, "STEP_DONE");
    assert.equal(tries, 2);
  });

  it("go on after a failure with what the name meant before, and leave alone what has not failed", async () => {
    source.push(oneName, ["base"]);
    source.hooks.onLayer = async () => {
      throw new OciError("REGISTRY_UNAVAILABLE", "it is away");
    };
    const { images } = await openImages();
    await assert.rejects(toTheEnd(await start(images)), /it is away/);
    const before = images.view(one)?.record.top;
    delete source.hooks.onLayer;
    source.push(oneName, ["newer"]);
    images.resume(one);
    while (stateOf(images) !== "complete") await images.changes.next(never);
    assert.deepEqual(images.view(one)?.record.top, before);
    images.resume(one);
    assert.equal(stateOf(images), "complete");
  });

  it("fetch a blob again that was set aside", async () => {
    source.push(oneName, ["base"]);
    const { images, store } = await openImages();
    await toTheEnd(await start(images));
    const layer = images.view(one)?.plan?.layers[0];
    assert.ok(layer !== undefined);
    await writeFile(store.path(layer.digest), "bad!");
    assert.equal(await store.verify(layer.digest, never), false);
    await store.quarantine(layer.digest);
    await images.repair([layer.digest]);
    while (stateOf(images) !== "complete") await images.changes.next(never);
    assert.equal(await store.verify(layer.digest, never), true);
  });

  it("refuse a start while they are closing", async () => {
    const { images } = await openImages();
    await images.close();
    await assert.rejects(start(images), { code: "SHUTTING_DOWN" });
  });

  it("take an image whose blobs are all here already", async () => {
    const image = source.push(oneName, ["base"]);
    const first = await openImages();
    await toTheEnd(await start(first.images));
    source.asked.length = 0;
    await toTheEnd(await first.images.adopt(two, image.top));
    assert.deepEqual(source.asked, []);
    assert.equal((await first.layouts.readImage(two))?.descriptor.digest, image.top.digest);
  });

  it("refuse another image than the one that a digest names, whoever answers", async () => {
    const image = source.push(oneName, ["base"]);
    const { images } = await openImages();
    await toTheEnd(await start(images));
    for (const [digest, refused] of [
      [image.top.digest, false],
      [`sha256:${"0".repeat(64)}`, true],
    ] as const) {
      const name = `registry.example/app@${digest}`;
      source.push(name, ["base"]);
      const pinned = parseReference(name);
      const acts = [
        async () => await toTheEnd(await start(images, pinned)),
        async () => await toTheEnd(await images.adopt(pinned, image.top)),
      ];
      for (const act of acts) {
        if (refused) await assert.rejects(act, { code: "BLOB_CORRUPT" });
        else await act();
      }
    }
  });
});
