// What changes on the nodes when somebody edits an ImageDistribution that is on its way, or done.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";
import {
  controllerMethods,
  type ImageDistributionStatus,
  parseToAgent,
} from "../../src/api/index.ts";
import { suite } from "../support/at-end.ts";
import { type BlobRecord, type ImageRecord, makeImage } from "../support/images.ts";
import { startRegistry, type TestRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp.ts";
import { aFleet, type TestFleet } from "./fleet.ts";
import { bytesOnDisk } from "./on-disk.ts";
import { lackingCluster } from "./programs.ts";
import { until } from "./until.ts";

const SOON_MS = 90_000;
const MIB = 2 ** 20;

/** Layers by their seeds: those of one seed and size are the same in every image. */
type Layers = Readonly<Record<string, number>>;

describe("an image that is edited", {
  skip: lackingCluster("docker-registry", "skopeo"),
  timeout: 400_000,
}, () => {
  const scope = suite();
  let fleet: TestFleet;
  let registry: TestRegistry;
  before(async () => {
    registry = await startRegistry(scope);
    fleet = await aFleet(scope, 44, [registry]);
  });

  async function push(name: string, layers: Layers): Promise<ImageRecord> {
    const specs = Object.entries(layers).map(([seed, bytes]) => ({ seed, bytes }));
    const image = await makeImage(tempDir(scope), { tag: "1", layers: specs });
    await registry.push(image, name);
    return image;
  }
  const imageAt = (name: string) => `${registry.address}/${name}`;
  const reasonOf = ({ conditions = [] }: Partial<ImageDistributionStatus>) =>
    conditions.find(({ type }) => type === "Ready")?.reason;
  const untilStatus = (
    what: string,
    name: string,
    holds: (status: Partial<ImageDistributionStatus>) => boolean,
  ) =>
    until(what, SOON_MS, async () => {
      const status = await fleet.status(name);
      return holds(status) ? status : undefined;
    });

  const holders = ({ digest }: BlobRecord) =>
    [...fleet.agents.values()].filter(({ root }) =>
      existsSync(join(root, "blobs", digest.replace(":", "/"))),
    );

  it("leaves nodes that are selected no more, with what they have of it, and comes back to them", async () => {
    const { distribute, edit, untilReady, wanted } = fleet;
    const image = await push("zoned:1", { "edits zoned": MIB });
    const [layer = assert.fail()] = image.layers;
    const inZone = (zone: string) => ({
      nodeSelector: { matchLabels: { "topology.kubernetes.io/zone": zone } },
    });
    await distribute("zoned", { image: imageAt("zoned:1"), retentionSeconds: 0 });
    await untilReady("zoned");
    await edit("zoned", inZone("a"));
    await untilStatus("three nodes are left", "zoned", ({ summary }) => summary?.ready === "3/3");
    assert.deepEqual([...(await wanted("zoned")).keys()].sort(), ["node-1", "node-2", "node-3"]);
    await until("it is dropped elsewhere", SOON_MS, async () =>
      holders(layer).length === 3 ? true : undefined,
    );
    await edit("zoned", { nodeSelector: null });
    await untilStatus("all nodes have it", "zoned", ({ summary }) => summary?.ready === "6/6");
  });

  it("has another priority on every node, and nothing begins anew", async () => {
    const { distribute, edit, untilReady, wanted, agents } = fleet;
    await push("ranked:1", { "edits ranked": MIB });
    await distribute("ranked", { image: imageAt("ranked:1") });
    await untilReady("ranked");
    const before = await wanted("ranked");
    await edit("ranked", { priority: 7 });
    const expected = [...before].map(([node, image]) => [node, { ...image, priority: 7 }] as const);
    await until("NodeImageSets say so", SOON_MS, async () =>
      isDeepStrictEqual(await wanted("ranked"), new Map(expected)) ? true : undefined,
    );
    await until("agents know it", SOON_MS, async () =>
      [...agents.values()].every((agent) => priorityOn(agent, "ranked") === 7) ? true : undefined,
    );
    const status = await fleet.status("ranked");
    assert.deepEqual([reasonOf(status), status.summary?.ready], ["Complete", "6/6"]);
  });

  /** As the agent remembers it for a restart. */
  function priorityOn({ root }: { readonly root: string }, name: string): number | undefined {
    const directory = join(root, "state/session");
    for (const file of readdirSync(directory).filter((each) => each.endsWith(".message"))) {
      const wire = controllerMethods.Session.responseDeserialize(
        readFileSync(join(directory, file)),
      );
      const message = parseToAgent(wire);
      if (message?.kind === "assign" && message.key.startsWith(`default/${name}/`)) {
        return message.priority;
      }
    }
    return undefined;
  }

  const bytesOnDisks = (image: ImageRecord) => bytesOnDisk(fleet.agents.values(), image);

  it("halts on every node when it is suspended, and goes on from there when it is resumed", async () => {
    const { distribute, edit, untilReady, kubectl, agents } = fleet;
    const image = await push("halted:1", { "edits halted 1": 8 * MIB, "edits halted 2": 4 * MIB });
    await push("beside:1", { "edits beside": 4 * MIB });
    registry.forgetRequests();
    const limits = { downloadBytesPerSecond: "500k" };
    await distribute("halted", { image: imageAt("halted:1"), limits });
    await untilStatus(
      "a fifth has come",
      "halted",
      ({ bytes }) => (bytes?.complete ?? 0) > (6 * 12 * MIB) / 5,
    );
    await edit("halted", { suspend: true });
    await Promise.all([...agents.values()].map(({ process }) => process.line(/"image halted/)));
    const row = await kubectl("get", "imgdist", "halted", "--no-headers");
    assert.match(row, / Suspended +\d+s/);
    const before = { disks: bytesOnDisks(image), status: (await fleet.status("halted")).bytes };
    // Meanwhile the same agents bring another image.
    await distribute("beside", { image: imageAt("beside:1") });
    await untilReady("beside");
    const after = { disks: bytesOnDisks(image), status: (await fleet.status("halted")).bytes };
    assert.deepEqual(after, before);
    assert.ok(before.disks > 0);
    assert.equal(reasonOf(await fleet.status("halted")), "Suspended");

    await edit("halted", { suspend: false, limits: null });
    await untilReady("halted");
    for (const { digest, size } of image.layers) {
      const { bytes = 0 } = registry.blobTraffic().get(digest) ?? {};
      assert.ok(bytes >= size && bytes < 2.5 * size, `${bytes} of ${size} bytes`);
    }
  });

  it("has another limit at once, also while it is on its way", async () => {
    const { distribute, edit, untilReady } = fleet;
    await push("limited:1", { "edits limited": 48 * MIB });
    const limits = (downloadBytesPerSecond: string) => ({ limits: { downloadBytesPerSecond } });
    await distribute("limited", { image: imageAt("limited:1"), ...limits("2Mi") });
    /** Bytes a second of all nodes together, over the time that some take. */
    const rate = async () => {
      const complete = async () => (await fleet.status("limited")).bytes?.complete ?? 0;
      const from = { bytes: await complete(), at: performance.now() };
      const gained = await until("more has come", SOON_MS, async () => {
        const more = (await complete()) - from.bytes;
        return more > 2 * MIB ? more : undefined;
      });
      return (1_000 * gained) / (performance.now() - from.at);
    };
    await rate();
    const fast = await rate();
    await edit("limited", limits("100k"));
    const slow = await until("it has become slow", SOON_MS, async () => {
      const now = await rate();
      return now < fast / 4 ? now : undefined;
    });
    const status = await fleet.status("limited");
    assert.equal(status.summary?.ready, "0/6", `${slow} of ${fast} bytes a second`);
    await edit("limited", { limits: null });
    await untilReady("limited");
  });

  it("takes from the node what its next image shares with it", async () => {
    const { distribute, edit, untilReady } = fleet;
    const shared = { "edits shared 1": 2 * MIB, "edits shared 2": MIB };
    const first = await push("versions:1", shared);
    const second = await push("versions:2", { ...shared, "edits only of two": MIB });
    await distribute("versions", { image: imageAt("versions:1") });
    await untilReady("versions");
    registry.forgetRequests();
    await edit("versions", { image: imageAt("versions:2") });
    const { layers = [] } = await untilStatus(
      "the second is everywhere",
      "versions",
      (status) =>
        status.resolved?.digest === second.manifest.digest && reasonOf(status) === "Complete",
    );
    const isShared = (digest: string) => first.layers.some((layer) => layer.digest === digest);
    const gone = layers.map(({ digest, bytes, local, fromRegistry, fromPeers }) => ({
      isShared: isShared(digest),
      isLocal: local === 6 * bytes && fromRegistry + fromPeers === 0,
      isAsked: registry.blobTraffic().has(digest),
    }));
    const expected = { isShared: true, isLocal: true, isAsked: false };
    const brought = { isShared: false, isLocal: false, isAsked: true };
    assert.deepEqual(gone, [expected, expected, brought]);
  });

  it("follows its tag when asked to, and says so until the next time, whoever leads", async () => {
    const { distribute, edit, kubectl, untilReady, controllers, leader } = fleet;
    const first = await push("moving:1", { "edits first": MIB });
    await distribute("moving", { image: imageAt("moving:1") });
    await untilReady("moving");
    const second = await push("moving:1", { "edits second": MIB });
    const digest = (status: Partial<ImageDistributionStatus>) =>
      status.resolved?.platforms[0]?.digest;
    const moved = ({ conditions = [] }: Partial<ImageDistributionStatus>) =>
      conditions.find(({ type }) => type === "TagMoved");
    // Another edit has the object looked at, and the tag is not.
    await edit("moving", { priority: 1 });
    const still = await untilStatus(
      "the edit is handled",
      "moving",
      ({ observedGeneration }) => observedGeneration === 2,
    );
    assert.deepEqual([digest(still), moved(still)], [first.manifest.digest, undefined]);

    await kubectl("annotate", "imgdist", "moving", "oci-torrent.io/refresh=1");
    const found = await untilStatus(
      "what the tag names now is everywhere",
      "moving",
      (status) => status.lastHandledRefresh === "1" && reasonOf(status) === "Complete",
    );
    assert.equal(digest(found), second.manifest.digest);
    const told = moved(found) ?? assert.fail("the move is not told");
    assert.match(told.message, new RegExp(first.manifest.digest));
    const events = ["get", "events", "--field-selector=involvedObject.name=moving"];
    assert.match(await kubectl(...events), /DigestChanged/);

    const led = await leader();
    const killed = controllers.find(({ identity }) => identity === led);
    killed?.process.kill("SIGKILL");
    await until("another leads", SOON_MS, async () => (await leader()) !== led || undefined);
    await edit("moving", { priority: 2 });
    const later = await untilStatus(
      "the edit is handled",
      "moving",
      ({ observedGeneration }) => observedGeneration === 3,
    );
    assert.equal(moved(later)?.message, told.message);
    await kubectl("annotate", "--overwrite", "imgdist", "moving", "oci-torrent.io/refresh=2");
    const same = await untilStatus(
      "it is looked up again",
      "moving",
      ({ lastHandledRefresh }) => lastHandledRefresh === "2",
    );
    assert.deepEqual([digest(same), moved(same)], [second.manifest.digest, undefined]);
  });
});
