// A runtime that images are written into, instead of fetching them from the node's mirror: pods run from them all the same.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { suite } from "../support/at-end.ts";
import { tempDir } from "../support/temp.ts";
import { makeAppImage } from "./app-image.ts";
import { lackingNodes, type NodeCluster, REGISTRY, startNodeCluster } from "./cluster.ts";
import { distribute, registryBytes, untilReady } from "./distributions.ts";
import { runEverywhere } from "./pods.ts";
import { install, prepareRelease } from "./release.ts";
import { runtimeOf } from "./runtime-view.ts";

describe("an image that is imported", { skip: lackingNodes() }, () => {
  const scope = suite();
  let cluster: NodeCluster;
  before(async () => {
    const nodes = [{ name: "today" }, { name: "old", runtime: "1.6" as const }];
    cluster = await startNodeCluster(scope, { nodes });
    await install(await prepareRelease(scope, cluster), "--set", "runtime.load=Import");
  });

  it("runs on both containerds under its own name, and left the registry once", async () => {
    const image = await makeAppImage(tempDir(scope), { seed: "imported", dataMiB: 24 });
    const name = `${REGISTRY}/imported:1`;
    await cluster.registry.push(image, "imported:1");
    cluster.registry.forgetRequests();
    await distribute(cluster, "imported", { image: name });
    await untilReady(cluster, "imported");
    const methods = "jsonpath={.items[*].status.runtime.loadMethod}";
    const { stdout } = await cluster.kubectl(["get", "nis", "-o", methods]);
    assert.equal(stdout, "Import Import");
    for (const node of cluster.nodes()) {
      const seen = await runtimeOf(node).imageStatus(name);
      assert.deepEqual(seen?.repoDigests, [`${REGISTRY}/imported@${image.manifest.digest}`]);
    }
    const lines = await runEverywhere(cluster, "imported", name);
    const expected = cluster.nodes().map((node) => [node.name, image.greeting]);
    assert.deepEqual([...lines].sort(), expected.sort());
    assert.ok(registryBytes(cluster, "imported") <= 1.05 * image.bytes);
  });
});
