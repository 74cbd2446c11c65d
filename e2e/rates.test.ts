// Rates are kept over ten seconds, and change while a transfer runs.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { suite } from "./support/at-end.ts";
import { makeImage } from "./support/images.ts";
import {
  bring,
  follow,
  leecherArgs,
  seederArgs,
  startDaemon,
  type TestDaemon,
} from "./support/loopback-daemons.ts";
import { lacking } from "./support/programs.ts";
import { startRegistry, type TestRegistry } from "./support/registry.ts";
import { tempDir } from "./support/temp.ts";

const MB = 1_000_000;
const LAYER_BYTES = 60 * MB;

describe("rates", { skip: lacking("docker-registry", "skopeo") }, () => {
  const scope = suite();
  let registry: TestRegistry;
  let reference: string;

  before(async () => {
    registry = await startRegistry(scope);
    const layers = [{ seed: "rates", bytes: LAYER_BYTES }];
    await registry.push(await makeImage(tempDir(scope), { tag: "1", layers }), "rates:1");
    reference = `${registry.address}/rates:1`;
  });

  /** Bytes a second between the first progress and the last of ten seconds. */
  async function measure(daemon: TestDaemon, overMs: number): Promise<number> {
    let first: { at: number; bytes: number } | undefined;
    for await (const { step, completedBytes } of follow(daemon, reference)) {
      if (step !== "STEP_PROGRESS") continue;
      const at = performance.now();
      first ??= { at, bytes: completedBytes };
      if (at - first.at >= overMs)
        return ((completedBytes - first.bytes) * 1_000) / (at - first.at);
    }
    throw new Error("the transfer ended before it could be measured");
  }

  /** Never faster than allowed; slower only as far as a busy machine makes it, else the limit would prove nothing. */
  function assertKept(measured: number, limit: number): void {
    const ratio = measured / limit;
    assert.ok(
      ratio < 1.1 && ratio > 0.5,
      `${Math.round(measured)} bytes/s with a limit of ${limit}`,
    );
  }

  it("limit a fetch from the registry", async (t) => {
    const args = [...seederArgs(registry.address), "--download-rate", "4MB"];
    const seeder = await startDaemon(t, { args });
    assertKept(await measure(seeder, 10_000), 4 * MB);
  });

  it("limit a download from peers, and an upload to them", async (t) => {
    const seeder = await startDaemon(t, {
      args: [...seederArgs(registry.address), "--upload-rate", "4MB"],
    });
    await bring(seeder, reference);
    const slowed = await startDaemon(t, { args: leecherArgs(seeder) });
    assertKept(await measure(slowed, 10_000), 4 * MB);
    await slowed.process.stop();
    const limited = await startDaemon(t, {
      args: [...leecherArgs(seeder), "--download-rate", "2MB"],
    });
    assertKept(await measure(limited, 10_000), 2 * MB);
  });

  it("change while a transfer runs, when the daemon is told to read its configuration", async (t) => {
    const config = join(tempDir(t), "config.yaml");
    const write = (rate: string) => writeFileSync(config, `rates:\n  download: ${rate}\n`);
    write("2MB");
    const args = [...seederArgs(registry.address), "--config", config];
    const seeder = await startDaemon(t, { args });
    assertKept(await measure(seeder, 5_000), 2 * MB);
    write("6MB");
    seeder.process.kill("SIGHUP");
    await seeder.process.line(/rates read again/);
    assertKept(await measure(seeder, 5_000), 6 * MB);
  });
});
