import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { systemClock } from "./clock.ts";
import { digestOf } from "./digest.ts";
import { type FetchBlobOptions, fetchBlob } from "./fetch-blob.ts";
import type { EndpointConfig } from "./registry-endpoints.ts";
import { createFakeClock } from "./testing/fake-clock.ts";
import { type Lie, type LyingRegistry, startLyingRegistry } from "./testing/lying-registry.ts";
import { directoryOf } from "./testing/registry-contract.ts";
import {
  type ClientOptions,
  clientOf,
  descriptorOf,
  shortTimes,
  someBytes,
} from "./testing/served-image.ts";

const forever = new AbortController().signal;
const layer = someBytes(200_000, "layer");
const blob = descriptorOf(layer);

/** A registry with one layer, and a place to put it. */
async function aFetch(test: TestContext, options?: ClientOptions) {
  const server = await startLyingRegistry(test);
  server.addBlob(layer);
  const clock = createFakeClock();
  const registry = clientOf(test, server, { clock, ...options });
  const file = join(await directoryOf(test), "blob");
  const fetch = (more: Partial<FetchBlobOptions> = {}, signal = forever) =>
    fetchBlob(registry, "demo/app", blob, { file, ...more }, signal);
  return { server, clock, registry, file, fetch };
}

/** Tells the nth request for a lie, from 1. */
function lieInTurn(server: LyingRegistry, lies: readonly (Lie | undefined)[]): void {
  let asked = 0;
  server.lie(() => lies[asked++]);
}

const ranges = (server: LyingRegistry) => server.requests.map(({ headers }) => headers.range);

/** What a tap has seen since its last restart. */
function aTap() {
  let hash = createHash("sha256");
  let bytes = 0;
  let restarts = 0;
  return {
    onBytes(chunk: Uint8Array) {
      hash.update(chunk);
      bytes += chunk.length;
    },
    onRestart() {
      hash = createHash("sha256");
      bytes = 0;
      restarts += 1;
    },
    seen: () => ({ digest: `sha256:${hash.copy().digest("hex")}`, bytes, restarts }),
  };
}

describe("fetching a blob", () => {
  it("shows every byte to the tap, and counts up", async (test) => {
    const { fetch } = await aFetch(test);
    const tap = aTap();
    const progress: number[] = [];
    const fetched = await fetch({ ...tap, onProgress: (bytes) => progress.push(bytes) });
    assert.deepEqual(fetched, { registryBytes: 200_000, resumedBytes: 0 });
    assert.deepEqual(tap.seen(), { digest: blob.digest, bytes: 200_000, restarts: 0 });
    assert.deepEqual(
      progress,
      progress.toSorted((a, b) => a - b),
    );
    assert.equal(progress.at(-1), 200_000);
  });

  it("asks nobody for a blob that is there already", async (test) => {
    const { server, file, fetch } = await aFetch(test);
    await writeFile(file, layer);
    const tap = aTap();
    assert.deepEqual(await fetch(tap), { registryBytes: 0, resumedBytes: 200_000 });
    assert.deepEqual(tap.seen(), { digest: blob.digest, bytes: 200_000, restarts: 0 });
    assert.equal(server.requests.length, 0);
  });

  it("asks nobody for an empty blob", async (test) => {
    const { server, registry, file } = await aFetch(test);
    const empty = descriptorOf(Buffer.alloc(0));
    await fetchBlob(registry, "demo/app", empty, { file }, forever);
    assert.equal((await stat(file)).size, 0);
    assert.equal(server.requests.length, 0);
  });

  it("goes on where the file ends, the tap seeing the beginning first", async (test) => {
    const { server, file, fetch } = await aFetch(test);
    await writeFile(file, layer.subarray(0, 150_001));
    const tap = aTap();
    assert.deepEqual(await fetch(tap), { registryBytes: 49_999, resumedBytes: 150_001 });
    assert.deepEqual(tap.seen(), { digest: blob.digest, bytes: 200_000, restarts: 0 });
    assert.deepEqual(ranges(server), ["bytes=150001-"]);
  });

  it("empties a file that is longer than the blob", async (test) => {
    const { server, file, fetch } = await aFetch(test);
    await writeFile(file, Buffer.concat([layer, Buffer.of(0)]));
    assert.deepEqual(await fetch(), { registryBytes: 200_000, resumedBytes: 0 });
    assert.deepEqual(ranges(server), [undefined]);
    assert.equal(digestOf(await readFile(file)), blob.digest);
  });

  const damaged: Record<string, Buffer> = {
    "a part": Buffer.concat([Buffer.from("?"), layer.subarray(1, 100)]),
    "a whole": Buffer.concat([layer.subarray(0, -1), Buffer.from("?")]),
  };
  for (const [what, there] of Object.entries(damaged)) {
    it(`begins again, and blames nobody, when ${what} on the disk is damaged`, async (test) => {
      const { file, fetch, registry } = await aFetch(test);
      const tap = aTap();
      for (const _ of [1, 2, 3]) {
        await writeFile(file, there);
        assert.equal((await fetch(tap)).resumedBytes, 0);
      }
      assert.deepEqual(tap.seen().restarts, 3);
      assert.equal(digestOf(await readFile(file)), blob.digest);
      (await registry.openBlob("demo/app", blob, 0, forever)).report("broken");
    });
  }

  it("takes up a connection that breaks off, by Range", async (test) => {
    const { server, clock, fetch } = await aFetch(test);
    lieInTurn(server, [{ do: "cut", after: 70_000 }, { do: "truncate", by: 1 }, undefined]);
    const tap = aTap();
    assert.deepEqual(await fetch(tap), { registryBytes: 200_000, resumedBytes: 0 });
    assert.deepEqual(tap.seen(), { digest: blob.digest, bytes: 200_000, restarts: 0 });
    assert.deepEqual(ranges(server), [undefined, "bytes=70000-", "bytes=199999-"]);
    assert.deepEqual(clock.sleeps, [250, 500]);
  });

  it("gives up after five breaks without progress, and keeps what came", async (test) => {
    const { server, clock, file, fetch } = await aFetch(test);
    server.lie(() => ({ do: "cut", after: 1_000 }));
    await assert.rejects(fetch(), {
      code: "REGISTRY_UNAVAILABLE",
      message: `could not fetch blob ${blob.digest} of registry.test/demo/app: ${server.host} cut the connection: try again later`,
    });
    assert.equal(server.requests.length, 5);
    assert.deepEqual(clock.sleeps, [250, 500, 1_000, 2_000]);
    assert.deepEqual(await readFile(file), layer.subarray(0, 5_000));
  });

  it("counts the tries anew when a connection brought a megabyte", async (test) => {
    const { server, registry, file } = await aFetch(test);
    const big = someBytes(8 * 1024 * 1024, "big");
    server.addBlob(big);
    server.lie(() => ({ do: "cut", after: 1_100_000 }));
    await fetchBlob(registry, "demo/app", descriptorOf(big), { file }, forever);
    assert.equal(server.requests.length, 8);
    assert.equal(digestOf(await readFile(file)), digestOf(big));
  });

  it("reads past what it has when the server does not do ranges, but once only", async (test) => {
    const { server, fetch } = await aFetch(test);
    lieInTurn(server, [{ do: "cut", after: 70_000 }, { do: "ignoreRange" }]);
    const tap = aTap();
    assert.deepEqual(await fetch(tap), { registryBytes: 270_000, resumedBytes: 0 });
    assert.deepEqual(tap.seen(), { digest: blob.digest, bytes: 200_000, restarts: 0 });
  });

  it("does not read the beginning a second time", async (test) => {
    const { server, file, fetch } = await aFetch(test);
    await writeFile(file, layer.subarray(0, 50_000));
    server.lie(({ headers }) => {
      delete headers.range;
      return { do: "cut", after: 60_000 };
    });
    await assert.rejects(fetch(), {
      code: "REGISTRY_PROTOCOL",
      message: `could not fetch blob ${blob.digest} of registry.test/demo/app: ${server.host} breaks off and cannot resume: ask another registry`,
    });
    assert.equal(server.requests.length, 2);
    assert.deepEqual(await readFile(file), layer.subarray(0, 60_000));
  });
});

describe("fetching a blob from a source that lies", () => {
  const lies: Record<string, Lie> = {
    "sends a wrong byte": { do: "flipByte", at: 123_456 },
    "sends one byte more": { do: "extend", by: 1 },
    "sends much more": { do: "extend", by: 500_000 },
  };
  for (const [what, lie] of Object.entries(lies)) {
    it(`that ${what}: it is asked twice, and nothing of it is kept`, async (test) => {
      const { server, file, fetch } = await aFetch(test);
      server.lie(() => lie);
      const tap = aTap();
      const message = `could not fetch blob ${blob.digest} of registry.test/demo/app: ${server.host} gave wrong bytes twice and is not asked for this again for now: push the image anew or ask another registry`;
      await assert.rejects(fetch(tap), { code: "REGISTRY_PROTOCOL", message });
      assert.equal(server.requests.length, 2);
      assert.equal((await stat(file)).size, 0);
      assert.deepEqual([tap.seen().bytes, tap.seen().restarts], [0, 2]);
      await assert.rejects(fetch(), { code: "REGISTRY_PROTOCOL", message });
      assert.equal(server.requests.length, 2);
    });

    it(`that ${what} once: it is asked again`, async (test) => {
      const { server, file, fetch } = await aFetch(test);
      lieInTurn(server, [lie]);
      const tap = aTap();
      await fetch(tap);
      assert.deepEqual(tap.seen(), { digest: blob.digest, bytes: 200_000, restarts: 1 });
      assert.equal(digestOf(await readFile(file)), blob.digest);
    });

    it(`that ${what}: the next source is asked`, async (test) => {
      const liar = await startLyingRegistry(test);
      liar.addBlob(layer);
      liar.lie(() => lie);
      const server = await startLyingRegistry(test);
      server.addBlob(layer);
      const endpoints: EndpointConfig[] = [
        { url: liar.url.href, insecure: true, mirror: true },
        { url: server.url.href, insecure: true },
      ];
      const registry = clientOf(test, server, { endpoints });
      const file = join(await directoryOf(test), "blob");
      await fetchBlob(registry, "demo/app", blob, { file }, forever);
      assert.deepEqual([liar.requests.length, server.requests.length], [2, 1]);
      assert.equal(digestOf(await readFile(file)), blob.digest);
    });
  }

  it("for longer than the registry's memory: it is still asked twice only", async (test) => {
    const { server, clock, fetch } = await aFetch(test, { limits: { quarantineMs: 1_000 } });
    server.lie(() => ({ do: "flipByte", at: 5 }));
    await assert.rejects(fetch({ onRestart: () => clock.advance(2_000) }), {
      code: "REGISTRY_PROTOCOL",
      message: /gave wrong bytes twice/,
    });
    assert.equal(server.requests.length, 3);
  });

  it("of its length: it is refused, and nothing is stored", async (test) => {
    const { server, file, fetch } = await aFetch(test);
    server.lie(() => ({ do: "headers", headers: { "content-length": "199999" } }));
    await assert.rejects(fetch(), { code: "REGISTRY_PROTOCOL" });
    assert.equal((await stat(file)).size, 0);
  });

  it("by sending a byte at a time: it is given up as too slow", async (test) => {
    const minimumRate = { bytesPerSecond: 16_384, windowMs: 60 };
    const limits = { minimumRate, tries: 2 };
    const { server, file, fetch } = await aFetch(test, { clock: systemClock, limits });
    server.lie(() => ({ do: "dripBody", everyMs: 5 }));
    await assert.rejects(fetch(), {
      code: "REGISTRY_UNAVAILABLE",
      message: `could not fetch blob ${blob.digest} of registry.test/demo/app: ${server.host} sends fewer than 16384 bytes a second: try again later`,
    });
    assert.equal(server.requests.length, 2);
    const { size } = await stat(file);
    assert.deepEqual(await readFile(file), layer.subarray(0, size));
  });

  it("by falling silent: it is asked for the rest", async (test) => {
    const { server, fetch } = await aFetch(test, { limits: shortTimes });
    lieInTurn(server, [{ do: "stall", after: 1_000 }]);
    await fetch();
    assert.deepEqual(ranges(server), [undefined, "bytes=1000-"]);
  });

  it("by falling silent after the last byte: the blob is whole", async (test) => {
    const { server, fetch } = await aFetch(test, { limits: shortTimes });
    server.lie(() => ({ do: "neverEnd" }));
    assert.equal((await fetch()).registryBytes, 200_000);
    assert.equal(server.requests.length, 1);
  });
});

describe("a fetch", () => {
  it("goes no faster than its throttle lets it", async (test) => {
    const { fetch } = await aFetch(test);
    let throttled = 0;
    let waiting = 0;
    await fetch({
      async throttle(bytes) {
        assert.equal(++waiting, 1);
        await new Promise(setImmediate);
        waiting -= 1;
        throttled += bytes;
      },
    });
    assert.equal(throttled, 200_000);
  });

  it("that is aborted keeps what it has, and ends with the reason", async (test) => {
    const { file, fetch } = await aFetch(test);
    const caller = new AbortController();
    const reason = new Error("stopped");
    const onProgress = (bytes: number) => {
      if (bytes > 50_000) caller.abort(reason);
    };
    await assert.rejects(fetch({ onProgress }, caller.signal), reason);
    const kept = await readFile(file);
    assert.ok(kept.length > 50_000);
    assert.deepEqual(kept, layer.subarray(0, kept.length));
    const fetched = await fetch();
    assert.equal(fetched.registryBytes + fetched.resumedBytes, 200_000);
  });

  it("that is aborted while it reads its file ends with the reason", async (test) => {
    const { file, fetch } = await aFetch(test);
    await writeFile(file, layer);
    const reason = new Error("stopped");
    await assert.rejects(fetch({}, AbortSignal.abort(reason)), reason);
  });

  it("says when the disk is full", async (test) => {
    const { fetch } = await aFetch(test);
    await assert.rejects(fetch({ file: "/dev/full" }), {
      code: "DISK_FULL",
      message: `could not write blob ${blob.digest} to /dev/full: the disk is full: free some space, and it goes on from here`,
    });
  });

  it("says when its file cannot be written", async (test) => {
    const { file, fetch } = await aFetch(test);
    await assert.rejects(fetch({ file: join(file, "no", "such", "place") }), {
      code: "STORE_WRITE",
      message: `could not write blob ${blob.digest} to ${file}/no/such/place (ENOENT): check the disk and its permissions`,
    });
  });
});
