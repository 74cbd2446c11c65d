// Leechers do not wait for a seeder to have an image: they join it while it resolves and fetches, and can have it fetch one.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { methods, unary } from "../src/api/index.ts";
import { startHeldRegistry } from "./support/held-registry.ts";
import { makeImage } from "./support/images.ts";
import { bring, follow, leecherArgs, seederArgs, startDaemon } from "./support/loopback-daemons.ts";
import { lacking } from "./support/programs.ts";
import { tempDir } from "./support/temp.ts";

const LAYER_BYTES = 12_000_000;

describe("a leecher's start", { skip: lacking() }, () => {
  const anImage = (t: Parameters<typeof tempDir>[0]) =>
    makeImage(tempDir(t), { tag: "1", layers: [{ seed: "cut through", bytes: LAYER_BYTES }] });

  it("joins a seeder that still resolves, and has its first piece while half the layer is at the registry", async (t) => {
    const image = await anImage(t);
    const registry = await startHeldRegistry(t, image);
    const reference = `${registry.address}/app:1`;
    const seeder = await startDaemon(t, { args: seederArgs(registry.address) });
    const leecher = await startDaemon(t, { args: leecherArgs(seeder) });
    registry.hold(LAYER_BYTES / 2);
    const seeding = bring(seeder, reference);
    await registry.held("manifest");

    const steps = follow(leecher, reference);
    const first = await steps.next();
    assert.equal(first.value?.step, "STEP_GET_LAYER_INFO");
    registry.releaseManifests();
    let last = first.value;
    let wasHeld = false;
    for await (const event of steps) {
      last = event;
      if (event.step !== "STEP_PROGRESS" || event.completedBytes === 0) continue;
      assert.ok(wasHeld || registry.layerBytes() <= LAYER_BYTES / 2, "half is held back");
      wasHeld = true;
      registry.releaseAll();
    }
    assert.ok(wasHeld, "a piece came");
    assert.equal(last?.step, "STEP_DONE");
    assert.equal(last?.digest, image.manifest.digest);
    assert.equal(last?.totals?.registryBytes, 0);
    await seeding;
    assert.equal(registry.layerBytes(), image.layers[0]?.size, "each byte was given once");
  });

  it("makes a seeder with --fetch-on-request fetch what nobody started there; another says that it is not there", async (t) => {
    const image = await anImage(t);
    const registry = await startHeldRegistry(t, image);
    const reference = `${registry.address}/app:1`;
    const args = seederArgs(registry.address);
    const passive = await startDaemon(t, { args });
    const itsLeecher = await startDaemon(t, { args: leecherArgs(passive) });
    await assert.rejects(bring(itsLeecher, reference, { waitSeconds: 1 }), /was not started here/);
    assert.deepEqual(registry.blobs(), []);

    const active = await startDaemon(t, { args: [...args, "--fetch-on-request"] });
    const leechers = await Promise.all(
      [1, 2].map(() => startDaemon(t, { args: leecherArgs(active) })),
    );
    for (const { digest } of await Promise.all(leechers.map((one) => bring(one, reference)))) {
      assert.equal(digest, image.manifest.digest);
    }
    assert.equal(registry.layerBytes(), image.layers[0]?.size, "each byte was given once");

    const [one = assert.fail()] = leechers;
    const nothing = bring(one, `${registry.address}/app:none`);
    await assert.rejects(nothing, /app:none cannot be fetched here: .*app:none/);
    const { images } = await unary(active.client, methods.ListImages, {});
    assert.deepEqual(
      images.map((listed) => listed.reference),
      [reference],
    );
  });
});
