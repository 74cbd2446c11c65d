import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { silentLog } from "../../runtime/index.ts";
import { createFakeClock, type FakeClock } from "../../runtime/testing/index.ts";
import { createFakeApi, type FakeApi } from "../testing/fake-api.ts";
import { type Fault, isList, isWatch, type StreamFault } from "../testing/fake-fault.ts";
import type { ApiRequest } from "./api-access.ts";
import { createReflector, type Reflector } from "./reflector.ts";

const RESOURCE = { group: "", version: "v1", plural: "configmaps" };
const PATH = "/api/v1/namespaces/ns/configmaps";

let clock: FakeClock;
let api: FakeApi;
let reflector: Reflector;
let stop: AbortController;
let running: Promise<void>;

const put = (name: string, data: Readonly<Record<string, string>> = {}) =>
  api.store.get(`${PATH}/${name}`) === undefined
    ? api.store.create(PATH, { metadata: { name }, data })
    : api.store.update(PATH, { metadata: { name, namespace: "ns" }, data });
const copied = () => [...reflector.objects.values()].sort(byName);
const stored = () => api.store.list(PATH).sort(byName);
const byName = (a: { metadata: { name: string } }, b: { metadata: { name: string } }) =>
  a.metadata.name < b.metadata.name ? -1 : 1;
const asked = (matches: (request: ApiRequest) => boolean) => api.requests.filter(matches).length;
const isStream = (request: ApiRequest) => request.query?.["sendInitialEvents"] === "true";

const start = async () => {
  running = reflector.run(stop.signal);
  await clock.advance(0);
};

describe("a reflector", () => {
  beforeEach(() => {
    clock = createFakeClock();
    api = createFakeApi(clock);
    stop = new AbortController();
    reflector = createReflector(
      { access: api, clock, random: () => 0.5, log: silentLog },
      { resource: RESOURCE, namespace: "ns", onChange: () => {} },
    );
  });
  afterEach(async () => {
    stop.abort();
    await running.catch(() => {});
  });

  it("copies what there is by one stream, and follows it", async () => {
    put("a", { b: "c" });
    await start();
    assert.deepEqual(copied(), stored());
    put("a", { b: "d" });
    put("e");
    await clock.advance(0);
    assert.deepEqual(copied(), stored());
    assert.equal(copied().length, 2);
    assert.deepEqual([asked(isStream), asked(isList)], [1, 0]);
  });

  it("lists and watches where the server does not stream", async () => {
    api.streams = false;
    put("a");
    await start();
    assert.deepEqual(copied(), stored());
    put("b");
    await clock.advance(0);
    assert.deepEqual(copied(), stored());
    assert.deepEqual([asked(isStream), asked(isList), asked(isWatch)], [1, 1, 2]);
  });

  it("is whole for the first time only when all has been told", async () => {
    put("a");
    api.faults.plan({ kind: "after", lines: 1, comes: "silence" });
    let isSynced = false;
    const tellSynced = async () => {
      await reflector.synced;
      isSynced = true;
    };
    const synced = tellSynced();
    await start();
    assert.deepEqual([isSynced, copied().length], [false, 0]);
    await clock.advance(90_000);
    await synced;
    assert.deepEqual([isSynced, copied().length], [true, 1]);
  });

  const breaks: Readonly<Record<string, Fault>> = {
    "410 as a status": { kind: "refuse", code: 410 },
    "410 as an event": { kind: "after", lines: 0, comes: "gone" },
    "an error as an event": { kind: "after", lines: 0, comes: "error" },
    "a connection that ends after each change": { kind: "after", lines: 1, comes: "close" },
    "a connection that breaks in the middle of a line": { kind: "after", lines: 0, comes: "break" },
    "garbage in the place of a change": { kind: "after", lines: 0, comes: "garbage" },
    "500": { kind: "refuse", code: 500 },
    "a connection that breaks before an answer": { kind: "drop" },
  };
  for (const [what, fault] of Object.entries(breaks)) {
    it(`loses nothing by ${what}, and connects once a second at most`, async () => {
      await start();
      // The first stream is under way: it ends so that the faults meet those that follow.
      api.faults.strike("close");
      for (let i = 0; i < 3; i += 1) api.faults.plan(fault, isWatch);
      for (let i = 0; i < 20; i += 1) {
        put(`n${i % 5}`, { i: `${i}` });
        if (i % 3 === 0) api.store.delete(PATH, `n${(i + 1) % 5}`);
        await clock.advance(700);
      }
      await clock.advance(700_000);
      assert.deepEqual(copied(), stored());
      assert.equal(api.faults.left, 0, "the faults have been met");
      const times = api.requests.map(({ at }) => at);
      const pauses = times.slice(1).map((at, i) => at - (times[i] ?? 0));
      assert.ok(Math.min(...pauses) >= 1_000, `${pauses}`);
    });
  }

  it("finds within 90 s that nobody is at the other end any more", async () => {
    put("a");
    api.faults.plan({ kind: "after", lines: 2, comes: "silence" });
    await start();
    put("b");
    await clock.advance(0);
    assert.equal(copied().length, 1);
    await clock.advance(90_000);
    assert.deepEqual(copied(), stored());
    assert.equal(copied().length, 2);
  });

  it("leaves a quiet connection alone, on which bookmarks come", async () => {
    await start();
    await clock.advance(290_000);
    assert.equal(api.requests.length, 1);
  });

  it("does not wait for ever for an answer", async () => {
    api.faults.plan({ kind: "hang" });
    put("a");
    await start();
    await clock.advance(33_000);
    assert.deepEqual(copied(), stored());
  });

  it("asks a server that is away ever less often, and follows within 30 s of its return", async () => {
    put("a");
    await start();
    api.faults.strike("close");
    for (let i = 0; i < 1_000; i += 1) api.faults.plan({ kind: "drop" });
    await clock.advance(600_000);
    const before = api.requests.length;
    await clock.advance(600_000);
    const tries = api.requests.length - before;
    assert.ok(tries >= 20 && tries <= 60, `${tries} tries in 10 min`);
    put("b");
    api.faults.clear();
    await clock.advance(30_000);
    assert.deepEqual(copied(), stored());
  });

  it("reads all again once for each gap", async () => {
    await start();
    for (let gap = 0; gap < 5; gap += 1) {
      api.faults.plan(
        { kind: "refuse", code: 410 },
        (request) => isWatch(request) && !isStream(request),
      );
    }
    await clock.advance(4_000_000);
    assert.equal(asked(isStream), 1 + 5);
  });

  it("takes an object of 3 MiB, a byte at a time at its end too", async () => {
    await start();
    api.delivery = { chunkBytes: 64 * 1024 + 1 };
    put("big", { data: "x".repeat(3 * 1024 * 1024) });
    await clock.advance(0);
    for (let i = 0; i < 100; i += 1) await clock.advance(0);
    assert.deepEqual(copied(), stored());
    api.delivery = { chunkBytes: 1 };
    put("small");
    for (let i = 0; i < 400; i += 1) await clock.advance(0);
    assert.deepEqual(copied(), stored());
    assert.equal(copied().length, 2);
  });

  it("keeps of an object what it was told to keep", async () => {
    put("a", { big: "x" });
    reflector = createReflector(
      { access: api, clock, random: () => 0.5, log: silentLog },
      {
        resource: RESOURCE,
        namespace: "ns",
        onChange: () => {},
        trim: ({ metadata }) => ({ metadata }),
      },
    );
    await start();
    assert.deepEqual(Object.keys(copied()[0] ?? {}), ["metadata"]);
  });

  it("knows when it last heard of the server", async () => {
    assert.equal(reflector.heardAt(), undefined);
    await start();
    assert.equal(reflector.heardAt(), 0);
    await clock.advance(61_000);
    assert.equal(reflector.heardAt(), 60_000);
  });

  const told: readonly StreamFault[] = ["gone", "error", "garbage", "break"];
  for (const comes of told) {
    it(`ends with what the last list says, also when a stream meets ${comes} in its beginning`, async () => {
      for (const name of ["a", "b", "c"]) put(name);
      api.faults.plan({ kind: "after", lines: 2, comes });
      await start();
      await clock.advance(90_000);
      assert.deepEqual(copied(), stored());
      assert.equal(copied().length, 3);
    });
  }
});
