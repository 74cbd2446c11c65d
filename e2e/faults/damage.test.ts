// Stored layers that are damaged on disk: nobody gets wrong bytes, and they are set aside, counted and fetched again.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { open, truncate } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, it, type TestContext } from "node:test";
import { suite } from "../support/at-end.ts";
import { freePort } from "../support/free-port.ts";
import { type ImageRecord, makeImage, sha256 } from "../support/images.ts";
import {
  bring,
  leecherArgs,
  seederArgs,
  startDaemon,
  type TestDaemon,
  verify,
} from "../support/loopback-daemons.ts";
import { lacking } from "../support/programs.ts";
import { startRegistry, type TestRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp.ts";

type Damage = (file: string, size: number) => Promise<void>;

async function overwrite(file: string, at: number, change: (bytes: Buffer) => void, bytes = 1) {
  const handle = await open(file, "r+");
  try {
    const buffer = Buffer.alloc(bytes);
    await handle.read(buffer, 0, bytes, at);
    change(buffer);
    await handle.write(buffer, 0, bytes, at);
  } finally {
    await handle.close();
  }
}
const flip = (bytes: Buffer) => void bytes.writeUInt8(bytes.readUInt8() ^ 0x10);

/** Each is done to a layer of its own. */
const DAMAGES: readonly Damage[] = [
  (file) => overwrite(file, 0, flip),
  (file, size) => overwrite(file, Math.floor(size / 2), flip),
  (file, size) => overwrite(file, size - 1, flip),
  (file, size) => truncate(file, size - 1000),
  (file, size) => overwrite(file, 0, (bytes) => bytes.fill(0), size),
  (file, size) => truncate(file, size + 1000),
];

describe("damaged layers", { skip: lacking("docker-registry", "skopeo") }, () => {
  const scope = suite();
  let registry: TestRegistry;
  let image: ImageRecord;
  let reference: string;

  before(async () => {
    registry = await startRegistry(scope);
    const layers = DAMAGES.map((_, index) => ({ seed: `damage ${index}`, bytes: 700_000 }));
    image = await makeImage(tempDir(scope), { tag: "1", layers });
    await registry.push(image, "damage:1");
    reference = `${registry.address}/damage:1`;
  });

  const blobIn = (root: string, digest: string) => join(root, "blobs", digest.replace(":", "/"));

  async function damageAll(root: string): Promise<void> {
    for (const [index, damage] of DAMAGES.entries()) {
      const { digest, size } = image.layers[index] ?? assert.fail();
      await damage(blobIn(root, digest), size);
    }
  }

  async function corruptBlobs(port: number): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return Number(/^oci_torrent_corrupt_blobs_total (\d+)$/m.exec(text)?.[1]);
  }

  /** A seeder that has the image. */
  async function aSeeder(t: TestContext, root: string, metricsPort: number): Promise<TestDaemon> {
    const seeder = await startDaemon(t, { root, metricsPort, args: seederArgs(registry.address) });
    await bring(seeder, reference);
    registry.forgetRequests();
    return seeder;
  }

  function assertMended(root: string): void {
    for (const { digest } of image.layers) {
      assert.equal(sha256(readFileSync(blobIn(root, digest))), digest);
      assert.ok(existsSync(join(root, "quarantine", digest.slice(7))), digest);
      assert.equal(registry.blobTraffic().get(digest)?.gets, 1);
    }
  }

  async function assertTaken(t: TestContext, seeder: TestDaemon): Promise<void> {
    const leecher = await startDaemon(t, { args: leecherArgs(seeder) });
    assert.equal((await bring(leecher, reference)).digest, image.manifest.digest);
    const results = await verify(leecher, reference);
    assert.ok(results.every((result) => result === "VERIFY_RESULT_OK"));
  }

  it("while the seeder was down are found when they are first asked for, and the pull goes well", async (t) => {
    const [root, port] = [join(tempDir(t), "root"), await freePort()];
    const before = await aSeeder(t, root, port);
    assert.equal(await corruptBlobs(port), 0);
    await before.process.stop();
    await damageAll(root);
    const args = seederArgs(registry.address);
    const seeder = await startDaemon(t, { root, metricsPort: port, args });
    await assertTaken(t, seeder);
    await bring(seeder, reference);
    assert.equal(await corruptBlobs(port), DAMAGES.length);
    assertMended(root);
    const again = await verify(seeder, reference);
    assert.ok(again.every((result) => result === "VERIFY_RESULT_OK"));
  });

  it("under a running seeder are found by verify", async (t) => {
    const [root, port] = [join(tempDir(t), "root"), await freePort()];
    const seeder = await aSeeder(t, root, port);
    await damageAll(root);
    const results = await verify(seeder, reference);
    const corrupt = results.filter((result) => result === "VERIFY_RESULT_CORRUPT");
    assert.equal(corrupt.length, DAMAGES.length);
    await bring(seeder, reference);
    assert.equal(await corruptBlobs(port), DAMAGES.length);
    assertMended(root);
    await assertTaken(t, seeder);
  });

  it("under a running seeder are found when they are asked for", async (t) => {
    const [root, port] = [join(tempDir(t), "root"), await freePort()];
    const seeder = await aSeeder(t, root, port);
    await damageAll(root);
    await assertTaken(t, seeder);
    await bring(seeder, reference);
    assert.equal(await corruptBlobs(port), DAMAGES.length);
    assertMended(root);
  });

  it("and documents are fetched again, whoever asks first", async (t) => {
    const [root, port] = [join(tempDir(t), "root"), await freePort()];
    const seeder = await aSeeder(t, root, port);
    await overwrite(blobIn(root, image.config.digest), 5, flip);
    const leecher = await startDaemon(t, { args: leecherArgs(seeder) });
    await assert.rejects(bring(leecher, reference), /sha256:[0-9a-f]+/);
    await bring(seeder, reference);
    assert.equal((await bring(leecher, reference)).digest, image.manifest.digest);
    assert.equal(await corruptBlobs(port), 1);
  });
});
