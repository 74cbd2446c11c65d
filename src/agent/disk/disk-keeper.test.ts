import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Descriptor, type Digest, digestOf } from "../../oci/index.ts";
import { silentLog } from "../../runtime/index.ts";
import { createFakeClock } from "../../runtime/testing/index.ts";
import { createDiskKeeper } from "./disk-keeper.ts";

const layer = (name: string, size: number): Descriptor => ({
  mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
  digest: digestOf(Buffer.from(name)),
  size,
});

/** A disk of 1000 bytes, none of which has to stay free, and what is wanted of it. */
function aKeeper(free: number) {
  const clock = createFakeClock();
  const stop = new AbortController();
  const stored = new Map<Digest, number>();
  const disk = { free, isAway: false };
  const wanted = new Map<string, number>();
  const busy = new Set<string>();
  const unwanted = new Map<string, readonly Descriptor[]>();
  const evicted: string[] = [];
  const keeper = createDiskKeeper({
    limits: { minFreePercent: 0, maxBytes: { unit: "percent", percent: 100 } },
    async figures() {
      if (disk.isAway) throw new Error("the disk is away");
      return {
        capacityBytes: 1000,
        freeBytes: disk.free,
        stored: new Map(stored),
        partial: new Map(),
      };
    },
    clock,
    log: silentLog,
  });
  keeper.follow({
    wantOf(name) {
      const priority = wanted.get(name);
      return priority === undefined ? undefined : { priority, isToBeLoaded: false };
    },
    isBusy: (name) => busy.has(name),
    wantedLayers: () => new Set(),
    unwanted: () => [...unwanted].map(([name, layers]) => ({ name, layers, lastUsedMs: 0 })),
    async evict(name) {
      evicted.push(name);
      for (const { digest, size } of unwanted.get(name) ?? []) {
        if (stored.delete(digest)) disk.free += size;
      }
      unwanted.delete(name);
    },
  });
  const running = keeper.run(stop.signal).catch(() => {});
  const log: string[] = [];
  return {
    ...{ disk, stored, busy, unwanted, evicted, log, wanted },
    pass: async (ms: number) => await clock.advance(ms),
    /** Asks for an image of one layer; what becomes of that is in the log. */
    ask(name: string, size: number, { priority = 0, signal = stop.signal } = {}) {
      wanted.set(name, priority);
      const onWait = () => log.push(`${name} waits`);
      const admission = keeper.admit(name, [layer(name, size)], onWait, signal);
      return admission.then(
        (done) => {
          log.push(`${name} begins`);
          return done;
        },
        (error: Error) => {
          log.push(`${name}: ${error.message}`);
          return () => {};
        },
      );
    },
    async [Symbol.asyncDispose]() {
      stop.abort(new Error("ended"));
      await running;
    },
  };
}

describe("the keeper of a node's disk", () => {
  it("lets an image in at once where there is room", async () => {
    await using it = aKeeper(100);
    await it.ask("a", 100);
    assert.deepEqual(it.log, ["a begins"]);
  });

  it("has others wait, says so, and lets them in by itself when there is room", async () => {
    await using it = aKeeper(99);
    const asked = it.ask("a", 100);
    await it.pass(2_000);
    assert.deepEqual(it.log, ["a waits", "a waits"]);
    it.disk.free = 100;
    await it.pass(2_000);
    await asked;
    assert.equal(it.log.at(-1), "a begins");
  });

  it("keeps room for an image until it is there, and in the runtime", async () => {
    await using it = aKeeper(150);
    const done = await it.ask("a", 100);
    it.busy.add("a");
    const asked = it.ask("b", 100);
    await it.pass(2_000);
    done();
    await it.pass(2_000);
    assert.ok(!it.log.includes("b begins"));
    it.busy.delete("a");
    await it.pass(2_000);
    await asked;
    assert.equal(it.log.at(-1), "b begins");
  });

  it("lets the one with the higher priority in first, whoever came first", async () => {
    await using it = aKeeper(0);
    const low = it.ask("low", 100);
    const high = it.ask("high", 100, { priority: 5 });
    await it.pass(0);
    it.disk.free = 100;
    await it.pass(2_000);
    const done = await high;
    assert.ok(!it.log.includes("low begins"));
    done();
    await it.pass(2_000);
    await low;
  });

  it("has unwanted images go, and lets in whoever waited for that at once", async () => {
    await using it = aKeeper(50);
    const old = layer("old", 50);
    it.stored.set(old.digest, old.size);
    it.unwanted.set("old", [old]);
    await it.ask("a", 100);
    assert.deepEqual([it.evicted, it.log], [["old"], ["a waits", "a begins"]]);
  });

  it("lets an unwanted image go that itself waits for room", async () => {
    await using it = aKeeper(50);
    const gone = new AbortController();
    const waiting = it.ask("old", 500, { signal: gone.signal });
    await it.pass(0);
    it.wanted.delete("old");
    const old = layer("old part", 50);
    it.stored.set(old.digest, old.size);
    it.unwanted.set("old", [old]);
    const asked = it.ask("a", 100);
    await it.pass(0);
    gone.abort(new Error("gone"));
    await Promise.all([waiting, asked]);
    assert.deepEqual(it.log.toSorted(), ["a begins", "a waits", "old waits", "old: gone"]);
  });

  it("begins nothing that nobody wants any more", async () => {
    await using it = aKeeper(0);
    const gone = new AbortController();
    const asked = it.ask("a", 100, { signal: gone.signal });
    await it.pass(0);
    it.wanted.delete("a");
    it.disk.free = 100;
    await it.pass(2_000);
    gone.abort(new Error("gone"));
    await asked;
    assert.deepEqual(it.log, ["a waits", "a: gone"]);
  });

  it("says why it cannot say, and goes on when it can", async () => {
    await using it = aKeeper(100);
    it.disk.isAway = true;
    await it.ask("a", 100);
    it.disk.isAway = false;
    await it.ask("b", 100);
    assert.deepEqual(it.log, ["a: the disk is away", "b begins"]);
  });
});
