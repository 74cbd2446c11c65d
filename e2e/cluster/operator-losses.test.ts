// What happens to an image on its way when a process is killed that it depends on.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { suite } from "../support/at-end.ts";
import { type ImageRecord, makeImage } from "../support/images.ts";
import { startRegistry, type TestRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp.ts";
import { aFleet, type TestFleet } from "./fleet.ts";
import { lackingCluster } from "./programs.ts";
import { until } from "./until.ts";

const SOON_MS = 90_000;

describe("an image on its way", {
  skip: lackingCluster("docker-registry", "skopeo"),
  timeout: 400_000,
}, () => {
  const scope = suite();
  let fleet: TestFleet;
  let registry: TestRegistry;
  before(async () => {
    registry = await startRegistry(scope);
    fleet = await aFleet(scope, 42, [registry]);
  });

  /** Begins to bring an image of 12 MiB to all nodes, so slowly that it takes 25 s or more. */
  async function begin(name: string): Promise<ImageRecord> {
    const layers = [4, 3, 2, 1, 1, 1].map((mebibytes, i) => ({
      seed: `${name} ${i}`,
      bytes: mebibytes * 2 ** 20,
    }));
    const image = await makeImage(tempDir(scope), { tag: "1", layers });
    await registry.push(image, `${name}:1`);
    registry.forgetRequests();
    const limits = { downloadBytesPerSecond: "500k" };
    await fleet.distribute(name, { image: `${registry.address}/${name}:1`, limits });
    return image;
  }

  const percent = async (name: string) =>
    Number.parseInt((await fleet.status(name)).summary?.progress ?? "0", 10);
  const untilAt = (name: string, least: number) =>
    until(`${name} is at ${least} %`, SOON_MS, async () =>
      (await percent(name)) >= least ? true : undefined,
    );
  const untilReady = (name: string) => fleet.untilReady(name);
  const seeders = (name: string) => fleet.seeders(name);
  const leader = () => fleet.leader();

  it("goes on when the controller that leads is killed, with the same seeders", async () => {
    const image = await begin("orphan");
    await untilAt("orphan", 20);
    const before = await seeders("orphan");
    assert.equal(before.length, 2);
    const first = await leader();
    const killed = fleet.controllers.find(({ identity }) => identity === first);
    killed?.process.kill("SIGKILL");
    await killed?.process.exit;
    assert.ok((await percent("orphan")) < 100);
    const second = await until("another leads", SOON_MS, async () => {
      const now = await leader();
      return now === first ? undefined : now;
    });
    assert.ok(fleet.controllers.some(({ identity }) => identity === second));
    await untilReady("orphan");
    assert.deepEqual(await seeders("orphan"), before);
    // Once for each zone at most: what one zone has, the other may have from it.
    const begun = registry
      .requests()
      .filter(({ method, status }) => `${method} ${status}` === "GET 200");
    for (const { digest } of image.layers) {
      const times = begun.filter(({ path }) => path.endsWith(digest)).length;
      assert.ok(times === 1 || times === 2, `${digest} ${times} times`);
    }
  });

  /** Loses a seeder when about half is there, and resolves once those that are left have the image. */
  async function loseSeeder(name: string, signal: NodeJS.Signals, left: string): Promise<string> {
    const { kubectl, status, agents } = fleet;
    await begin(name);
    await untilAt(name, 40);
    // On two nodes, of which at most one is lost.
    const whole = await until("a layer is whole", SOON_MS, async () => {
      const { layers = [] } = await status(name);
      const some = layers.filter(({ nodesComplete }) => nodesComplete > 1);
      return some.length > 0 ? some.map(({ digest }) => digest) : undefined;
    });
    const [seeder = ""] = await seeders(name);
    const before = registry.blobTraffic();
    agents.get(seeder)?.process.kill(signal);
    const of = `--field-selector=involvedObject.name=${name}`;
    await until("the loss is told", SOON_MS, async () => {
      const reasons = await kubectl("get", "events", of, "-o", "jsonpath={.items[*].reason}");
      return reasons.includes("SeederLost") ? true : undefined;
    });
    await until("the others are ready", SOON_MS, async () =>
      (await status(name)).summary?.ready === left ? true : undefined,
    ).catch(async (error: unknown) => {
      const { conditions, reasons, layers } = await status(name);
      throw new Error(JSON.stringify({ conditions, reasons, layers }), { cause: error });
    });
    assert.ok(!(await seeders(name)).includes(seeder));
    for (const digest of whole) {
      assert.deepEqual(registry.blobTraffic().get(digest), before.get(digest), digest);
    }
    return seeder;
  }

  it("is brought by another when a seeder freezes, and by that one too when it wakes", async () => {
    const seeder = await loseSeeder("frozen", "SIGSTOP", "5/6");
    fleet.agents.get(seeder)?.process.kill("SIGCONT");
    await untilReady("frozen");
  });

  it("is brought by another when a seeder is killed, and what was whole is not fetched again", async () => {
    await loseSeeder("killed", "SIGKILL", "5/6");
    const { reasons = [] } = await fleet.status("killed");
    assert.deepEqual(
      reasons.map(({ reason, nodes }) => `${nodes} ${reason}`),
      ["1 AgentNotReady"],
    );
  });

  it("is left to the others by a controller that is asked to end: it gives up the lead", async () => {
    const last = await leader();
    const leading = fleet.controllers.find(({ identity }) => identity === last);
    assert.deepEqual(await leading?.process.stop(), { code: 0, signal: null });
    assert.equal(await leader(), "");
  });
});
