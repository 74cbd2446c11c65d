// The seeder and its registry are both away: leechers wait and say for what, and all go on by themselves from what they have.
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type ImageStatus__Output, methods, serverStream, unary } from "../../src/api/index.ts";
import type { Scope } from "../support/at-end.ts";
import { freePort } from "../support/free-port.ts";
import { makeImage } from "../support/images.ts";
import {
  bring,
  follow,
  startDaemon,
  type TestDaemon,
  verify,
} from "../support/loopback-daemons.ts";
import { lacking } from "../support/programs.ts";
import { startRegistry, type TestRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp.ts";

const LAYER_BYTES = 24_000_000;
/** What a seeder has got and not yet written when it is killed is less than this. */
const UNWRITTEN = 1024 * 1024 + 256 * 1024;

/** Resolves when one of the image's layers here has so many bytes. */
async function has(daemon: TestDaemon, reference: string, bytes: number): Promise<void> {
  for await (const { completedBytes } of follow(daemon, reference)) {
    if (completedBytes >= bytes) return;
  }
}

/** The first status of the image, from now on, of which this holds. */
async function until(
  { client }: TestDaemon,
  reference: string,
  holds: (status: ImageStatus__Output) => boolean,
): Promise<ImageStatus__Output> {
  const watch = serverStream(client, methods.WatchStatus, { reference }, { timeoutMs: 60_000 });
  for await (const { images } of watch) {
    const [status] = images;
    if (status !== undefined && holds(status)) return status;
  }
  throw new Error(`${reference} was not so before the daemon ended`);
}

const isSeeding = ({ image }: ImageStatus__Output) => image?.state === "IMAGE_STATE_SEEDING";

/** It goes on by itself, and says for whom it waits. */
async function assertWaits(leecher: TestDaemon, reference: string): Promise<void> {
  const alone = await until(leecher, reference, (status) => status.layers[0]?.peers === 0);
  assert.equal(alone.image?.state, "IMAGE_STATE_TRANSFERRING");
  const told = await unary(leecher.client, methods.Explain, { reference });
  assert.match(told.layers[0]?.findings[0]?.code ?? "", /^(NoPeers|NoTracker)$/);
}

async function oneLayer(scope: Scope) {
  const layers = [{ seed: "outage", bytes: LAYER_BYTES }];
  const image = await makeImage(tempDir(scope), { tag: "1", layers });
  const [layer] = image.layers;
  assert.ok(layer !== undefined);
  return { image, layer };
}

type Again = { readonly back: TestRegistry; readonly seeder: TestDaemon };
type Returns = {
  readonly registry: () => Promise<TestRegistry>;
  readonly seeder: () => Promise<TestDaemon>;
};

describe("a seeder and its registry that are both away", () => {
  const skip = lacking("docker-registry", "skopeo");

  /** Both die in the middle; all must be complete after `comeBack`. */
  async function outage(
    t: Scope,
    comeBack: (returns: Returns, reference: string) => Promise<Again>,
  ): Promise<void> {
    const { image, layer } = await oneLayer(t);
    const storage = tempDir(t);
    const registry = await startRegistry(t, { storage });
    await registry.push(image, "app:1");
    const reference = `${registry.address}/app:1`;

    const [trackerPort, seederPort] = [await freePort(), await freePort()];
    const seederAddress = `tcp://127.0.0.1:${seederPort}`;
    const root = join(tempDir(t), "root");
    const args = [
      ...["--bt-seeder", "--tracker-listen", `127.0.0.1:${trackerPort}`],
      ...["--listen", seederAddress, "--insecure-registry", registry.address],
    ];
    const seeder = await startDaemon(t, { root, args: [...args, "--download-rate", "6MB"] });
    const leecher = await startDaemon(t, { args: ["--seeder-addr", seederAddress] });
    const completing = bring(leecher, reference);
    await Promise.all([
      has(seeder, reference, layer.size / 2),
      has(leecher, reference, layer.size / 2 - UNWRITTEN),
    ]);
    for (const { process } of [seeder, registry]) process.kill("SIGKILL");
    await Promise.all([seeder.process.exit, registry.process.exit]);
    await assertWaits(leecher, reference);

    const port = Number(registry.address.split(":")[1]);
    const returns = {
      registry: () => startRegistry(t, { storage, port }),
      seeder: () => startDaemon(t, { root, args }),
    };
    const { back, seeder: again } = await comeBack(returns, reference);
    const { digest, totals } = await completing;
    assert.equal(digest, image.manifest.digest);
    assert.deepEqual([totals.registryBytes, totals.peerBytes], [0, layer.size]);
    const { resumedBytes = 0 } = (await until(again, reference, isSeeding)).totals ?? {};
    assert.ok(resumedBytes >= layer.size / 2 - UNWRITTEN, `${resumedBytes} were kept`);
    const { bytes } = back.blobTraffic().get(layer.digest) ?? {};
    assert.equal(bytes, layer.size - resumedBytes, "all that the registry gave after its return");
    for (const daemon of [leecher, again]) {
      assert.deepEqual(await verify(daemon, reference), Array(3).fill("VERIFY_RESULT_OK"));
    }
  }

  it("leave a leecher waiting that says so; once both are back it completes, and no byte is fetched twice", {
    skip,
  }, async (t) => {
    await outage(t, async ({ registry, seeder }) => ({
      back: await registry(),
      seeder: await seeder(),
    }));
  });

  it("complete by themselves also when the seeder is back first and finds no registry", {
    skip,
  }, async (t) => {
    await outage(t, async (returns, reference) => {
      const seeder = await returns.seeder();
      await until(seeder, reference, ({ reason }) => reason === "RegistryUnavailable");
      return { seeder, back: await returns.registry() };
    });
  });
});
