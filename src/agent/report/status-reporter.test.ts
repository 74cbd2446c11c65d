import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { NodeImageSet, NodeImageSetStatus } from "../../api/index.ts";
import { agentMessages } from "../../api/testing/index.ts";
import { silentLog } from "../../runtime/index.ts";
import { createFakeClock } from "../../runtime/testing/index.ts";
import type { NodeFacts } from "./node-status.ts";
import { createStatusReporter } from "./status-reporter.ts";

const { kind: _, reason: __, message: ___, ...progress } = agentMessages.progress;
const facts: NodeFacts = {
  agent: { version: "1", addresses: [], ports: { peer: 1, grpc: 2 }, sessionEpoch: 1 },
  store: { capacityBytes: 1, usedBytes: 0, freeBytes: 1, reservedBytes: 0 },
  progress: [{ ...progress, state: "Fetching" }],
  registries: new Map(),
};
const anObject = (generation: number, revision = progress.revision) =>
  ({
    metadata: { generation },
    spec: { images: [{ key: progress.key, revision }] },
  }) as unknown as NodeImageSet;

/** A reporter with an API server that is a variable. */
function aReporter() {
  const clock = createFakeClock();
  const stop = new AbortController();
  const world: {
    facts: NodeFacts | undefined;
    object: NodeImageSet | undefined;
    isAway: boolean;
    everyMs: number;
  } = { facts, object: anObject(3), isAway: false, everyMs: 5_000 };
  const asked: string[] = [];
  const written: NodeImageSetStatus[] = [];
  const answer = async (line: string) => {
    asked.push(line);
    if (world.isAway) throw new Error("the API server is away");
    return world.object;
  };
  const reporter = createStatusReporter({
    node: "node-1",
    api: {
      get: (path) => answer(`GET ${path}`),
      async mergePatch(path, body) {
        const object = await answer(`PATCH ${path}`);
        written.push((body as { status: NodeImageSetStatus }).status);
        return object;
      },
      async [Symbol.asyncDispose]() {},
    },
    facts: async () => world.facts,
    everyMs: () => world.everyMs,
    clock,
    now: () => new Date(Date.parse("2030-01-01T00:00:00Z") + clock.now()),
    random: () => 0.5,
    log: silentLog,
  });
  const running = reporter.run(stop.signal).catch(() => {});
  return {
    world,
    asked,
    written,
    async pass(seconds: number) {
      for (let second = 0; second < seconds; second += 1) await clock.advance(1_000);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

describe("the reporter of a node's status", () => {
  it("writes once, to the status of its own node's object, and then nothing while nothing happens", async () => {
    await using it = aReporter();
    await it.pass(600);
    const path = "/apis/oci-torrent.io/v1alpha1/nodeimagesets/node-1";
    assert.deepEqual(it.asked, [
      `GET ${path}`,
      `PATCH ${path}/status?fieldManager=oci-torrent-agent`,
    ]);
    assert.equal(it.written[0]?.observedGeneration, 3);
    assert.equal(it.written[0]?.images?.[0]?.state, "Fetching");
  });

  it("writes again soon when an image's state changes", async () => {
    await using it = aReporter();
    await it.pass(60);
    it.world.facts = { ...facts, progress: [{ ...progress, state: "Ready" }] };
    await it.pass(5);
    assert.deepEqual(
      it.written.map(({ images }) => images?.[0]?.state),
      ["Fetching", "Ready"],
    );
  });

  it("writes no more often than it is told to", async () => {
    await using it = aReporter();
    it.world.everyMs = 40_000;
    for (let second = 0; second < 400; second += 1) {
      const state = second % 2 === 0 ? "Fetching" : "Ready";
      it.world.facts = { ...facts, progress: [{ ...progress, state }] };
      await it.pass(1);
    }
    // The first, and one in each of the ten turns that begin meanwhile.
    assert.equal(it.written.length, 11);
  });

  it("waits for the object, and for something to tell", async () => {
    await using it = aReporter();
    it.world.facts = undefined;
    await it.pass(60);
    assert.deepEqual(it.asked, []);
    it.world.facts = facts;
    it.world.object = undefined;
    await it.pass(60);
    assert.ok(it.asked.length > 1 && it.written.length === 0);
    it.world.object = anObject(1);
    await it.pass(10);
    assert.equal(it.written.length, 1);
  });

  it("asks ever more rarely while the API server is away, and then tells what is", async () => {
    await using it = aReporter();
    it.world.isAway = true;
    await it.pass(600);
    assert.ok(it.asked.length >= 10 && it.asked.length <= 16, `${it.asked.length}`);
    it.world.isAway = false;
    await it.pass(61);
    assert.equal(it.written.length, 1);
  });

  it("says that it has seen a spec only when it works on all of it", async () => {
    await using it = aReporter();
    it.world.object = anObject(4, "a-newer-revision");
    await it.pass(60);
    assert.equal(it.written[0]?.observedGeneration, -1);
  });
});
