// Seeders that die: with --fallback=registry a leecher goes on at the registry and gives it to the others; without, nobody asks there.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { suite } from "../support/at-end.ts";
import { freePort } from "../support/free-port.ts";
import { type HeldRegistry, startHeldRegistry } from "../support/held-registry.ts";
import { type ImageRecord, makeImage } from "../support/images.ts";
import {
  bring,
  follow,
  leecherArgs,
  seederArgs,
  startDaemon,
  statusOf,
  type TestDaemon,
  verify,
} from "../support/loopback-daemons.ts";
import { lacking } from "../support/programs.ts";
import { startRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp.ts";
import { startTracker, type TrackerProcess } from "../support/tracker.ts";

const HALF = 6_000_000;
const LARGE = 32_000_000;
/** What the seeder has written, and so served, is behind what it has got by less than this. */
const BEHIND = 1024 * 1024 + 256 * 1024;

describe("leechers without a seeder", { skip: lacking("docker-registry", "skopeo") }, () => {
  const scope = suite();
  let tracker: TrackerProcess;
  let image: ImageRecord;
  let size: number;
  let large: ImageRecord;

  before(async () => {
    tracker = await startTracker(scope);
    const layers = [{ seed: "fallback", bytes: 2 * HALF }];
    image = await makeImage(tempDir(scope), { tag: "1", layers });
    size = image.layers[0]?.size ?? 0;
    const layer = { seed: "fallback, large", bytes: LARGE };
    large = await makeImage(tempDir(scope), { tag: "1", layers: [layer] });
  });

  const tracked = (args: readonly string[]) => [...args, "--bt-tracker", tracker.url];
  const fallingBack = (registry: { readonly address: string }) => [
    ...["--fallback=registry", "--fallback-after=4s", "--insecure-registry", registry.address],
    // A registry is not as fast as loopback: others must have the time to see that somebody fetches.
    ...["--download-rate", "8MB"],
  ];

  /** Resolves when the daemon's layer has begun and has so many bytes; `done` when it is complete, with what it took. */
  function transfer(daemon: TestDaemon, reference: string, bytes: number) {
    const reached = Promise.withResolvers<void>();
    const run = async () => {
      for await (const event of follow(daemon, reference)) {
        const hasBegun = event.step === "STEP_START_TORRENT" || event.step === "STEP_PROGRESS";
        if (hasBegun && event.completedBytes >= bytes) reached.resolve();
        if (event.step === "STEP_DONE") return event;
      }
      return undefined;
    };
    const done = run();
    done.catch(reached.reject);
    return { reached: reached.promise, done };
  }

  /** The manifest, the config and the one layer. */
  async function assertComplete(daemons: readonly TestDaemon[], reference: string) {
    for (const daemon of daemons) {
      const results = await verify(daemon, reference);
      assert.equal(results.length, 3);
      assert.ok(results.every((result) => result === "VERIFY_RESULT_OK"));
    }
  }

  /** A seeder that is killed when it, and these leechers, have so many bytes of the layer. */
  async function orphansAt(
    bytes: number,
    t: Parameters<typeof startDaemon>[0],
    registry: HeldRegistry,
    leechers: readonly (readonly string[])[],
  ) {
    const reference = `${registry.address}/app:1`;
    const args = tracked(seederArgs(registry.address).filter((arg) => !/tracker|:0$/.test(arg)));
    const seeder = await startDaemon(t, { args });
    registry.hold(bytes);
    registry.releaseManifests();
    void bring(seeder, reference).catch(() => {});
    const daemons = await Promise.all(
      leechers.map((more) => startDaemon(t, { args: tracked([...leecherArgs(seeder), ...more]) })),
    );
    const transfers = daemons.map((one) => transfer(one, reference, bytes - BEHIND));
    await Promise.all(transfers.map(({ reached }) => reached));
    seeder.process.kill("SIGKILL");
    await seeder.process.exit;
    registry.releaseAll();
    return { reference, seeder, daemons, transfers };
  }

  it("finish one from another when one of them may go on at the registry, and until then ask nobody", async (t) => {
    const registry = await startHeldRegistry(t, image);
    const { reference, seeder, daemons, transfers } = await orphansAt(HALF, t, registry, [[]]);
    const asked = registry.blobs().length;
    const gave = registry.layerBytes();

    // The seeder died before this one knew what the image is.
    const args = tracked([...leecherArgs(seeder), ...fallingBack(registry)]);
    const rescuer = await startDaemon(t, { args });
    const { totals } = await bring(rescuer, reference);
    const [first] = await Promise.all(transfers.map(({ done }) => done));
    assert.equal(first?.totals?.registryBytes, 0);
    assert.equal(first?.totals?.peerBytes, size);
    const [fetched, ...more] = registry
      .blobs()
      .slice(asked)
      .filter(({ digest }) => digest === image.layers[0]?.digest);
    assert.ok(fetched !== undefined && more.length === 0, "the layer is fetched once");
    assert.ok(fetched.from > HALF - BEHIND, `Range: bytes=${fetched.from}-`);
    assert.equal(totals.registryBytes, fetched.bytes);
    assert.equal(totals.peerBytes, fetched.from);
    assert.equal(gave, HALF);
    assert.ok(registry.layerBytes() <= size + BEHIND, `${registry.layerBytes()} of ${size}`);
    await assertComplete([...daemons, rescuer], reference);
  });

  it("let one of several go on at the registry", async (t) => {
    const registry = await startHeldRegistry(t, image);
    const may = fallingBack(registry);
    const swarm = await orphansAt(HALF, t, registry, [may, may, may, []]);
    const done = await Promise.all(swarm.transfers.map((one) => one.done));
    assert.equal(done.at(-1)?.totals?.registryBytes, 0);
    assert.ok(registry.layerBytes() <= 1.25 * size, `${registry.layerBytes()} of ${size}`);
    await assertComplete(swarm.daemons, swarm.reference);
  });

  for (const percent of [1, 10, 90, 99]) {
    it(`all finish when the only seeder dies at ${percent} % and one of them may go on at the registry`, async (t) => {
      const registry = await startHeldRegistry(t, large);
      const bytes = large.layers[0]?.size ?? 0;
      const at = Math.floor((bytes * percent) / 100);
      const swarm = await orphansAt(at, t, registry, [fallingBack(registry), [], []]);
      const done = await Promise.all(swarm.transfers.map((one) => one.done));
      for (const event of done) assert.equal(event?.digest, large.manifest.digest);
      const [rescuer, ...others] = done.map((event) => event?.totals);
      for (const totals of others) {
        assert.deepEqual([totals?.registryBytes, totals?.peerBytes], [0, bytes]);
      }
      const left = bytes - at;
      const fetched = rescuer?.registryBytes ?? 0;
      assert.ok(fetched >= left && fetched <= left + BEHIND, `${fetched} for the ${left} left`);
      assert.ok(registry.layerBytes() <= bytes + BEHIND, `${registry.layerBytes()} of ${bytes}`);
      await assertComplete(swarm.daemons, swarm.reference);
    });
  }

  it("finish from one another, and nobody asks the registry, when the seeder dies with every piece out", async (t) => {
    const registry = await startHeldRegistry(t, large);
    const reference = `${registry.address}/app:1`;
    const bytes = large.layers[0]?.size ?? 0;
    const seeder = await startDaemon(t, { args: tracked(seederArgs(registry.address)) });
    await bring(seeder, reference);
    const args = tracked(leecherArgs(seeder));
    const slow = await Promise.all(
      [1, 2].map(() => startDaemon(t, { args: [...args, "--download-rate", "4MB"] })),
    );
    const transfers = slow.map((one) => transfer(one, reference, 1));
    await Promise.all(transfers.map(({ reached }) => reached));
    const whole = await startDaemon(t, { args });
    await bring(whole, reference);
    for (const one of slow) {
      const status = await statusOf(one, reference);
      assert.equal(status?.image?.state, "IMAGE_STATE_TRANSFERRING", "only the one is done");
    }
    seeder.process.kill("SIGKILL");
    await seeder.process.exit;
    const done = await Promise.all(transfers.map((one) => one.done));
    for (const event of done) {
      assert.equal(event?.digest, large.manifest.digest);
      assert.deepEqual([event?.totals?.registryBytes, event?.totals?.peerBytes], [0, bytes]);
    }
    assert.equal(registry.layerBytes(), bytes);
    await assertComplete([...slow, whole], reference);
  });

  it("take an image that no seeder ever gave, its bytes about once; others say that no seeder answers", async (t) => {
    const registry = await startRegistry(t);
    await registry.push(image, "app:1");
    registry.forgetRequests();
    const reference = `${registry.address}/app:1`;
    const nobody = ["--seeder-addr", `tcp://127.0.0.1:${await freePort()}`];
    const plain = await startDaemon(t, { args: tracked(nobody) });
    await assert.rejects(bring(plain, reference, { waitSeconds: 1 }), /no seeder answers/);
    assert.deepEqual(registry.requests(), []);

    const args = tracked([...nobody, ...fallingBack(registry)]);
    const leechers = await Promise.all([1, 2, 3].map(() => startDaemon(t, { args })));
    const brought = await Promise.all(leechers.map((one) => bring(one, reference)));
    for (const { digest } of brought) assert.equal(digest, image.manifest.digest);
    await assertComplete(leechers, reference);
    const { bytes = 0 } = registry.blobTraffic().get(image.layers[0]?.digest ?? "") ?? {};
    assert.ok(bytes >= size && bytes <= 1.4 * size, `${bytes} bytes of ${size} were fetched`);
  });
});
