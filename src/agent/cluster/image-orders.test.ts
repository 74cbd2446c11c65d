import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { controllerMessages } from "../../api/testing/index.ts";
import {
  createLeanSwarm,
  createPieceHasher,
  createTorrent,
  createTracker,
  type ImageOrder,
} from "../../bt/index.ts";
import { type Digest, hexOf, parseDigest } from "../../oci/index.ts";
import { createThrottle, silentLog, systemClock } from "../../runtime/index.ts";
import { openNodeTasks } from "../session/node-tasks.ts";
import { createRegistryLogins } from "../session/registry-logins.ts";
import { openRememberedMessages } from "../session/remembered-messages.ts";
import { createImageOrders } from "./image-orders.ts";

const UNLIMITED = { upload: 0, download: 0 };
const never = new AbortController().signal;
const { assign, limits } = controllerMessages;

function aLayer(size: number) {
  const bytes = randomBytes(size);
  const digest = parseDigest(`sha256:${createHash("sha256").update(bytes).digest("hex")}`);
  const hasher = createPieceHasher(size);
  hasher.update(bytes);
  return {
    bytes,
    digest,
    torrent: createTorrent({ name: hexOf(digest), size, pieces: hasher.finish() }),
  };
}

const wants = (
  key: string,
  layers: readonly { digest: Digest; bytes: Uint8Array }[],
  more = {},
) => ({
  ...assign,
  key,
  priority: 0,
  rates: UNLIMITED,
  blobs: layers.map(({ digest, bytes }, rank) => ({
    digest,
    size: bytes.length,
    mediaType: "application/octet-stream",
    rank,
  })),
  ...more,
});

/** An agent's orders, as the messages of its session make them, on an engine of its own; and another that has some layers. */
async function aNode(t: TestContext, layers: readonly ReturnType<typeof aLayer>[]) {
  const directory = await mkdtemp(join(tmpdir(), "image-orders-"));
  t.after(() => rm(directory, { recursive: true }));
  await mkdir(join(directory, "state"));
  const listen = { host: "127.0.0.1", port: 0 };
  const tracker = await createTracker({ listen, admits: () => true });
  t.after(() => tracker.close());
  const swarmOf = async (node: string) => {
    const swarm = await createLeanSwarm({
      listen,
      rates: UNLIMITED,
      fleetId: "test",
      node,
      zone: "",
    });
    t.after(() => swarm.close());
    return swarm;
  };
  const [source, swarm] = [await swarmOf("source"), await swarmOf("node")];
  for (const { bytes, digest, torrent } of layers) {
    const file = join(directory, hexOf(digest));
    await writeFile(file, bytes);
    await source.seed(torrent, file, [tracker.url]);
  }
  const throttle = createThrottle(0, systemClock);
  const setImages = (images: readonly ImageOrder[]) => swarm.setImages(images);
  const orders = createImageOrders({ setImages, throttle, clock: systemClock });
  const tasks = await openNodeTasks({
    remembered: await openRememberedMessages(join(directory, "state"), assert.fail),
    logins: createRegistryLogins(() => 0),
    onChange: () => orders.set(tasks.assigns.values()),
    log: silentLog,
  });
  const fetch = async ({ digest, bytes }: ReturnType<typeof aLayer>) => {
    const file = join(directory, `of-node-${hexOf(digest)}`);
    const named = { name: hexOf(digest), size: bytes.length };
    const result = await swarm.downloadNamed(named, file, { trackers: [tracker.url] }, never);
    assert.ok((await readFile(file)).equals(bytes));
    return result;
  };
  const held = ({ digest, bytes }: ReturnType<typeof aLayer>) =>
    swarm.heldPieces({ name: hexOf(digest), size: bytes.length }) ?? new Uint8Array();
  return { hear: tasks.handle, orders, fetch, held };
}

describe("a node's images", { timeout: 90_000 }, () => {
  it("have rates of their own, and others at the controller's word while they come", async (t) => {
    const [slow, fast] = [aLayer(4_000_000), aLayer(12_000_000)];
    const { hear, fetch, held } = await aNode(t, [slow, fast]);
    const rates = { upload: 0, download: 20_000 };
    await hear(wants("slow", [slow], { rates }));
    await hear(wants("fast", [fast]));
    let isThere = false;
    const coming = fetch(slow).then((result) => {
      isThere = true;
      return result;
    });
    await fetch(fast);
    assert.equal(isThere, false);
    // At that rate it would take three minutes.
    await hear({ ...limits, key: "slow", rates: { upload: 0, download: 0 } });
    const { resumedBytes, peerBytes } = await coming;
    assert.deepEqual([resumedBytes, peerBytes], [0, slow.bytes.length]);
    assert.ok(held(slow).every((bits) => bits > 0));
  });

  it("hold what comes from a registry to their rates as well, also of who waits", async (t) => {
    const [slow, fast] = [aLayer(1_000), aLayer(1_000)];
    const { hear, orders } = await aNode(t, []);
    await hear(wants("slow", [slow], { rates: { upload: 0, download: 1_000 } }));
    await hear(wants("fast", [fast]));
    await orders.throttleOf(slow.digest).take(1_000, never);
    let hasPassed = false;
    const waiting = orders
      .throttleOf(slow.digest)
      .take(1_000_000, never)
      .then(() => orders.throttleOf(slow.digest).take(1_000_000, never))
      .then(() => {
        hasPassed = true;
      });
    await orders.throttleOf(fast.digest).take(50_000_000, never);
    assert.equal(hasPassed, false);
    await hear({ ...limits, key: "slow", rates: UNLIMITED });
    await waiting;
  });

  it("take their turns by priority, and of one priority as they came", async (t) => {
    const layers = [aLayer(10), aLayer(11), aLayer(12), aLayer(13)];
    const [a, b, c, d] = layers;
    assert.ok(a && b && c && d);
    const { hear, orders } = await aNode(t, []);
    await hear(wants("low", [a, b], { priority: -5 }));
    await hear(wants("high", [c, d], { priority: 7 }));
    assert.deepEqual([orders.first([a, b]), orders.first([a, c, d]), orders.first([b])], [0, 1, 0]);
    await hear({ ...limits, key: "low", priority: 50 });
    assert.equal(orders.first([c, d, b, a]), 2);
    await hear(wants("both", [d], { priority: 99 }));
    assert.equal(orders.first([c, b, a, d]), 3);
  });
});
