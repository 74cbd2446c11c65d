// kill -9 at random points: nothing wrong is ever stored, and the work goes on from what was proven.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import type { ProgressEvent__Output } from "../../src/api/index.ts";
import { suite } from "../support/at-end.ts";
import { freePort } from "../support/free-port.ts";
import { type ImageRecord, makeImage, sha256 } from "../support/images.ts";
import {
  bring,
  follow,
  leecherArgs,
  seederArgs,
  startDaemon,
  type TestDaemon,
  verify,
} from "../support/loopback-daemons.ts";
import { lacking } from "../support/programs.ts";
import { startRegistry, type TestRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp.ts";

const POINTS = 10;
const LAYER_BYTES = [6_000_000, 2_500_000];
const seed = Number(process.env["OCI_TORRENT_KILL_SEED"] ?? Date.now() % 2 ** 31);

/** Numbers in [0, 1) that follow from the seed (a linear congruential generator). */
function random(): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Kills the daemon as soon as the image's layers have so many bytes; says whether it was still at work. */
async function killAt(daemon: TestDaemon, reference: string, bytes: number): Promise<boolean> {
  const completed = new Map<string, number>();
  let last: ProgressEvent__Output | undefined;
  try {
    for await (const event of follow(daemon, reference)) {
      last = event;
      if (event.digest !== "") completed.set(event.digest, event.completedBytes);
      const sum = [...completed.values()].reduce((total, part) => total + part, 0);
      if (sum >= bytes) daemon.process.kill("SIGKILL");
    }
  } catch {
    // The stream breaks off with the daemon.
  }
  await daemon.process.exit;
  return last?.step !== "STEP_DONE";
}

describe("kill -9", { skip: lacking("docker-registry", "skopeo") }, () => {
  const scope = suite();
  const next = random();
  const total = LAYER_BYTES.reduce((sum, bytes) => sum + bytes, 0);
  let registry: TestRegistry;
  let image: ImageRecord;
  let reference: string;

  before(async () => {
    registry = await startRegistry(scope);
    const layers = LAYER_BYTES.map((bytes, index) => ({ seed: `kill ${index}`, bytes }));
    image = await makeImage(tempDir(scope), { tag: "1", layers });
    await registry.push(image, "kill:1");
    reference = `${registry.address}/kill:1`;
  });

  /** Every stored blob has its digest, whether or not the image is complete. */
  async function assertOnlyRightBlobs(root: string): Promise<void> {
    const directory = join(root, "blobs/sha256");
    if (!existsSync(directory)) return;
    const { readFile } = await import("node:fs/promises");
    for (const name of readdirSync(directory)) {
      if (!/^[0-9a-f]{64}$/.test(name)) continue;
      assert.equal(sha256(await readFile(join(directory, name))), `sha256:${name}`);
    }
  }

  async function assertComplete(daemon: TestDaemon): Promise<void> {
    const done = await bring(daemon, reference);
    assert.equal(done.digest, image.manifest.digest);
    const results = await verify(daemon, reference);
    assert.equal(results.length, 2 + image.layers.length);
    assert.ok(results.every((result) => result === "VERIFY_RESULT_OK"));
  }

  it(`of a seeder at ${POINTS} points (seed ${seed}) never leaves a wrong blob`, async (t) => {
    for (let done = 0, tries = 0; done < POINTS; tries += 1) {
      assert.ok(tries < 3 * POINTS, "most victims were done before they were killed");
      const root = join(tempDir(scope), "root");
      const args = [...seederArgs(registry.address), "--download-rate", "12MB"];
      const at = Math.round(next() * 0.95 * total);
      const victim = await startDaemon(t, { root, args });
      if (!(await killAt(victim, reference, at))) continue;
      await assertOnlyRightBlobs(root);
      registry.forgetRequests();
      const restarted = await startDaemon(t, { root, args: seederArgs(registry.address) });
      await assertComplete(restarted);
      const again = [...registry.blobTraffic().values()].reduce((sum, { bytes }) => sum + bytes, 0);
      assert.ok(again <= total + 200_000, `${again} bytes were fetched after the kill at ${at}`);
      await restarted.process.stop();
      done += 1;
    }
  });

  it(`of a leecher at ${POINTS} points (seed ${seed}) never leaves a wrong blob`, async (t) => {
    const seeder = await startDaemon(t, { args: seederArgs(registry.address) });
    await bring(seeder, reference);
    for (let done = 0, tries = 0; done < POINTS; tries += 1) {
      assert.ok(tries < 3 * POINTS, "most victims were done before they were killed");
      const root = join(tempDir(scope), "root");
      const at = Math.round(next() * 0.95 * total);
      const args = [...leecherArgs(seeder), "--download-rate", "12MB"];
      const victim = await startDaemon(t, { root, args });
      if (!(await killAt(victim, reference, at))) continue;
      await assertOnlyRightBlobs(root);
      const restarted = await startDaemon(t, { root, args: leecherArgs(seeder) });
      await assertComplete(restarted);
      await restarted.process.stop();
      done += 1;
    }
  });

  it("of a leecher keeps the pieces that were proven", async (t) => {
    const seeder = await startDaemon(t, { args: seederArgs(registry.address) });
    await bring(seeder, reference);
    const root = join(tempDir(scope), "root");
    const args = [...leecherArgs(seeder), "--download-rate", "4MB"];
    const victim = await startDaemon(t, { root, args });
    assert.ok(await killAt(victim, reference, total / 2));
    const restarted = await startDaemon(t, { root, args: leecherArgs(seeder) });
    const { totals } = await bring(restarted, reference);
    assert.ok(totals.resumedBytes + totals.localBytes >= total / 4, JSON.stringify(totals));
  });

  it("of a seeder: restarted, it seeds again and asks no registry", async (t) => {
    const root = join(tempDir(scope), "root");
    const port = await freePort();
    const args = [
      ...["--bt-seeder", "--tracker-listen", `127.0.0.1:${port}`],
      ...["--insecure-registry", registry.address],
    ];
    const seeder = await startDaemon(t, { root, args });
    await bring(seeder, reference);
    seeder.process.kill("SIGKILL");
    await seeder.process.exit;
    registry.forgetRequests();
    const restarted = await startDaemon(t, { root, args });
    const leecher = await startDaemon(t, { args: leecherArgs(restarted) });
    await assertComplete(leecher);
    assert.equal(registry.blobTraffic().size, 0);
  });
});
