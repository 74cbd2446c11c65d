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
