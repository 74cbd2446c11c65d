import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Assign, Progress } from "../../api/index.ts";
import { controllerMessages } from "../../api/testing/index.ts";
import { digestOf, formatReference, type Reference } from "../../oci/index.ts";
import { silentLog } from "../../runtime/index.ts";
import { createFakeClock } from "../../runtime/testing/index.ts";
import { createBell } from "../bell.ts";
import { type ImageState, type ImageView, noTotals } from "../image-state.ts";
import type { Images } from "../images.ts";
import { createOutbox } from "../session/outbox.ts";
import { createLayerSources } from "./layer-sources.ts";
import { createNodeImages } from "./node-images.ts";

const anAssign = (version: string, changes: Partial<Assign> = {}): Assign => {
  const manifest = Buffer.from(JSON.stringify({ version }));
  return {
    ...controllerMessages.assign,
    revision: version,
    reference: "docker.io/demo/app:1",
    digest: digestOf(manifest),
    manifest,
    load: "Never",
    retainSeconds: 60,
    ...changes,
  };
};
const nameOf = ({ digest }: Assign) => `docker.io/demo/app:1@${digest}`;

/** Images whose states a test sets. */
function aNode(assigns: readonly Assign[] = []) {
  const clock = createFakeClock();
  const stop = new AbortController();
  const views = new Map<string, ImageView>();
  const log: string[] = [];
  const wanted = new Map(assigns.map((assign) => [assign.key, assign]));
  const outbox = createOutbox(() => clock.now());
  const view = (reference: Reference, state: ImageState): ImageView => ({
    record: { reference, wanted: { kind: "all" }, desired: "started", trackers: [] },
    state,
    stored: new Set(),
    totals: noTotals,
  });
  const images = {
    async start({ reference }: { reference: Reference }) {
      log.push(`start ${formatReference(reference)}`);
      views.set(formatReference(reference), view(reference, { state: "resolving" }));
    },
    async stop(reference: Reference, keepPartial: boolean) {
      log.push(`stop ${formatReference(reference)}, ${keepPartial ? "kept" : "discarded"}`);
      views.set(formatReference(reference), view(reference, { state: "stopped" }));
      return [];
    },
    async remove(reference: Reference) {
      log.push(`remove ${formatReference(reference)}`);
      views.delete(formatReference(reference));
      return 0;
    },
    async restore() {},
    changes: createBell(),
    view: (reference: Reference) => views.get(formatReference(reference)),
    views: () => [...views.values()],
  } as unknown as Images;
  const nodeImages = createNodeImages({
    images,
    blobs: { active: () => undefined },
    sources: createLayerSources(),
    assigns: () => wanted,
    tell: (progress) => outbox.put({ kind: "progress", ...progress }),
    heldPieces: () => undefined,
    tellPieces: () => {},
    peers: () => new Map(),
    suggest: () => {},
    clock,
    log: silentLog,
  });
  const running = nodeImages.run(stop.signal).catch(() => {});
  return {
    nodeImages,
    log,
    views,
    /** The states that the controller is told of now. */
    told: () => outbox.take().map((news) => (news as Progress).state),
    async pass(seconds: number) {
      for (let second = 0; second < seconds; second += 1) await clock.advance(1_000);
    },
    async assign(assign: Assign) {
      wanted.set(assign.key, assign);
      nodeImages.assigned(assign);
      await clock.advance(0);
    },
    release(assign: Assign) {
      wanted.delete(assign.key);
      nodeImages.released(assign);
    },
    set(assign: Assign, state: ImageState) {
      const before = views.get(nameOf(assign));
      assert.ok(before);
      views.set(nameOf(assign), { ...before, state });
      images.changes.ring();
    },
    after: (ms: number) => clock.advance(ms),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

describe("a node's images", () => {
  const [one, two] = [anAssign("1"), anAssign("2")];
  const other = anAssign("1", { key: "team-b/app/9" });

  it("are those that were remembered, and nothing that nobody assigns any more", async () => {
    await using node = aNode([one]);
    await node.nodeImages.begin();
    await node.assign({ ...two, key: "team-b/app/9" });
    assert.deepEqual(node.log, [`start ${nameOf(one)}`, `start ${nameOf(two)}`]);
    await using again = aNode([one]);
    again.views.set("stray", node.views.get(nameOf(two)) as ImageView);
    await again.nodeImages.begin();
    assert.deepEqual(again.log, [`remove ${nameOf(two)}`, `start ${nameOf(one)}`]);
  });

  it("miss no assignment that comes while they begin", async () => {
    await using node = aNode();
    await node.assign(one);
    assert.deepEqual(node.log, []);
    await node.nodeImages.begin();
    assert.deepEqual(node.log, [`start ${nameOf(one)}`]);
    assert.equal(node.nodeImages.isReady(), true);
  });

  it("stay for their time after they were released", async () => {
    await using node = aNode([one]);
    await node.nodeImages.begin();
    node.set(one, { state: "seeding" });
    node.release(one);
    await node.pass(59);
    assert.equal(node.log.length, 1);
    await node.pass(2);
    assert.deepEqual(node.log.slice(1), [`remove ${nameOf(one)}`]);
  });

  it("stay when they are assigned again meanwhile, or by another", async () => {
    await using node = aNode([one, other]);
    await node.nodeImages.begin();
    node.set(one, { state: "seeding" });
    node.release(other);
    await node.pass(120);
    assert.ok(!node.log.some((line) => line.startsWith("remove")));
    node.release(one);
    await node.assign(one);
    await node.pass(120);
    assert.ok(!node.log.some((line) => line.startsWith("remove")));
  });

  it("are brought no further once nobody wants them, and go on when they are assigned anew", async () => {
    await using node = aNode([one, other]);
    await node.nodeImages.begin();
    node.set(one, { state: "transferring" });
    node.release(other);
    await node.pass(2);
    assert.deepEqual(node.log, [`start ${nameOf(one)}`]);
    node.release(one);
    await node.pass(2);
    assert.deepEqual(node.log.slice(1), [`stop ${nameOf(one)}, kept`]);
    await node.assign(one);
    await node.pass(120);
    assert.deepEqual(node.log.slice(2), [`start ${nameOf(one)}`]);
  });

  it("make room for another revision's, once it is known what that needs", async () => {
    await using node = aNode([one]);
    await node.nodeImages.begin();
    node.set(one, { state: "seeding" });
    await node.assign(two);
    await node.pass(5);
    assert.deepEqual(node.log.slice(1), [`start ${nameOf(two)}`]);
    node.set(two, { state: "transferring" });
    await node.pass(1);
    assert.deepEqual(node.log.slice(2), [`remove ${nameOf(one)}`]);
  });

  it("are tried again when they failed: after half a minute, and then ever later", async () => {
    await using node = aNode([one]);
    await node.nodeImages.begin();
    const starts = () => node.log.filter((line) => line.startsWith("start")).length;
    const failed = { state: "failed", reason: "NotFound", message: "gone" } as const;
    for (const seconds of [30, 60, 120]) {
      const before = starts();
      node.set(one, failed);
      await node.pass(seconds - 1);
      assert.equal(starts(), before);
      await node.pass(3);
      assert.equal(starts(), before + 1);
    }
    node.set(one, { state: "seeding" });
    await node.pass(1);
    node.set(one, failed);
    await node.pass(32);
    assert.equal(starts(), 5);
  });

  it("are begun again when somebody on the node has stopped or removed them", async () => {
    await using node = aNode([one]);
    await node.nodeImages.begin();
    node.set(one, { state: "stopped" });
    await node.pass(2);
    assert.equal(node.log.length, 2);
    node.views.clear();
    await node.pass(2);
    assert.deepEqual(node.log, Array(3).fill(`start ${nameOf(one)}`));
  });

  it("are told of when something changes, and not else", async () => {
    await using node = aNode([one]);
    await node.nodeImages.begin();
    await node.pass(10);
    assert.deepEqual(node.told(), ["Fetching"]);
    await node.pass(10);
    assert.deepEqual(node.told(), []);
    node.set(one, { state: "seeding" });
    await node.pass(10);
    assert.deepEqual(node.told(), ["Ready"]);
  });

  it("are told of soon when a state changes, and not for each of many changes", async () => {
    await using node = aNode([one]);
    await node.nodeImages.begin();
    await node.pass(2);
    node.told();
    for (const state of ["transferring", "seeding"] as const) node.set(one, { state });
    await node.after(100);
    assert.deepEqual(node.told(), ["Ready"]);
    node.set(one, { state: "transferring" });
    await node.after(99);
    assert.deepEqual(node.told(), []);
    await node.after(1);
    assert.deepEqual(node.told(), ["Fetching"]);
  });

  it("are told of again when they are as before what was told last", async () => {
    await using node = aNode([one]);
    await node.nodeImages.begin();
    node.set(one, { state: "seeding" });
    await node.pass(2);
    assert.deepEqual(node.told(), ["Ready"]);
    // It is begun anew, and is as far as it was before anybody looks.
    await node.assign(one);
    assert.deepEqual(node.told(), ["Fetching"]);
    node.set(one, { state: "seeding" });
    await node.pass(2);
    assert.deepEqual(node.told(), ["Ready"]);
  });

  it("fail with a reason when an assignment makes no sense, and harm no other", async () => {
    await using node = aNode([anAssign("1", { reference: "A B", key: "team-c/bad/1" }), one]);
    await node.nodeImages.begin();
    const states = node.nodeImages.progress().map(({ state, reason }) => [state, reason]);
    assert.deepEqual(states, [
      ["Failed", "InvalidAssignment"],
      ["Fetching", undefined],
    ]);
  });
});
