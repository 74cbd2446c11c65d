// What happens to an image on its way while something is away that is needed to begin, and not to go on.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { suite } from "../support/at-end.ts";
import { type ImageRecord, makeImage } from "../support/images.ts";
import { startRegistry, type TestRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp.ts";
import { aFleet, startController, type TestFleet } from "./fleet.ts";
import { bytesOnDisk } from "./on-disk.ts";
import { lackingCluster } from "./programs.ts";
import { until } from "./until.ts";

const SOON_MS = 90_000;
/** Longer than a leader keeps its lease, and than an agent waits before it looks for another controller. */
const OUTAGE_MS = 20_000;
const MIB = 2 ** 20;

describe("an image on its way", {
  skip: lackingCluster("docker-registry", "skopeo"),
  timeout: 400_000,
}, () => {
  const scope = suite();
  let fleet: TestFleet;
  let registry: TestRegistry;
  before(async () => {
    registry = await startRegistry(scope);
    fleet = await aFleet(scope, 46, [registry]);
  });

  async function push(name: string, mebibytes: readonly number[]): Promise<ImageRecord> {
    const layers = mebibytes.map((each, i) => ({ seed: `${name} ${i}`, bytes: each * MIB }));
    const image = await makeImage(tempDir(scope), { tag: "1", layers });
    await registry.push(image, `${name}:1`);
    registry.forgetRequests();
    return image;
  }

  /** Begins to bring an image to all nodes, so slowly that an outage ends before it is there. */
  async function begin(name: string): Promise<ImageRecord> {
    const image = await push(name, [7, 5, 4, 2, 1, 1]);
    const limits = { downloadBytesPerSecond: "500k" };
    await fleet.distribute(name, { image: `${registry.address}/${name}:1`, limits });
    await until("a twentieth has come", SOON_MS, async () => {
      const { bytes } = await fleet.status(name);
      return (bytes?.complete ?? 0) >= (6 * 20 * MIB) / 20 ? true : undefined;
    });
    return image;
  }

  /** Lets an outage last its time, in which the nodes get more, to its end. */
  async function sitOut(image: ImageRecord): Promise<void> {
    const onDisk = () => bytesOnDisk(fleet.agents.values(), image);
    const more = (what: string) => {
      const before = onDisk();
      return until(what, SOON_MS, async () => (onDisk() > before + MIB ? true : undefined));
    };
    await Promise.all([more("nodes get more"), setTimeout(OUTAGE_MS)]);
    await more("nodes still get more");
  }

  /** Each layer was begun once for each zone at most, and the same nodes seed. */
  async function assertUndisturbed(
    name: string,
    { layers }: ImageRecord,
    seeders: readonly string[],
  ): Promise<void> {
    assert.equal(seeders.length, 2);
    assert.deepEqual(await fleet.seeders(name), seeders);
    const begun = registry
      .requests()
      .filter(({ method, status }) => `${method} ${status}` === "GET 200");
    for (const { digest } of layers) {
      const times = begun.filter(({ path }) => path.endsWith(digest)).length;
      assert.ok(times === 1 || times === 2, `${digest} ${times} times`);
    }
  }

  it("goes on while no controller runs, and is told of when there is one again", async () => {
    const { cluster, controllers, seeders, untilReady } = fleet;
    const image = await begin("unled");
    const before = await seeders("unled");
    for (const { process } of controllers) process.kill("SIGKILL");
    await Promise.all(controllers.map(({ process }) => process.exit));
    await sitOut(image);
    for (const { identity } of controllers) {
      await startController(scope, cluster, identity, [registry]);
    }
    await untilReady("unled");
    await assertUndisturbed("unled", image, before);
  });

  it("goes on while the API server is away, and is told of when it is back", async () => {
    const { cluster, seeders, untilReady } = fleet;
    const image = await begin("untold");
    const before = await seeders("untold");
    const { apiServer } = cluster.controlPlane;
    await apiServer.kill();
    await sitOut(image);
    await apiServer.restart();
    await untilReady("untold");
    await assertUndisturbed("untold", image, before);
  });

  it("comes to more nodes when the registry is away, from those that have it", async () => {
    const { distribute, edit, status, untilReady } = fleet;
    const image = await push("kept", [2, 1]);
    const never = await push("never", [1]);
    const inZone = (zone: string) => ({ matchLabels: { "topology.kubernetes.io/zone": zone } });
    const name = (repository: string) => `${registry.address}/${repository}:1`;
    await distribute("kept", { image: name("kept"), nodeSelector: inZone("a") });
    await untilReady("kept");
    await registry.process.stop();
    await edit("kept", { nodeSelector: null });
    await until("it is on all nodes", SOON_MS, async () =>
      (await status("kept")).summary?.ready === "6/6" ? true : undefined,
    );
    assert.ok(bytesOnDisk(fleet.agents.values(), image) >= 6 * 3 * MIB);
    // What nobody has, nobody can bring.
    await distribute("never", { image: name("never") });
    await until("the registry is missed", SOON_MS, async () => {
      const { conditions = [] } = await status("never");
      const ready = conditions.find(({ type }) => type === "Ready");
      return ready?.reason === "RegistryUnavailable" ? true : undefined;
    });
    assert.equal(bytesOnDisk(fleet.agents.values(), never), 0);
  });
});
