// The whole of it in a cluster: one object is applied, controllers and agents are processes of their own, and kubectl tells the truth.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { suite } from "../support/at-end.ts";
import { type ImageRecord, makeImage } from "../support/images.ts";
import { startRegistry, type TestRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp.ts";
import { anOwnCluster, type OwnCluster } from "./cluster.ts";
import { type FleetNode, startController, startNode, type TestController } from "./fleet.ts";
import { applyManifests } from "./manifests.ts";
import { lackingCluster } from "./programs.ts";
import { until } from "./until.ts";

const SOON_MS = 90_000;
const NODES: readonly FleetNode[] = [1, 2, 3, 4, 5, 6].map((i) => ({
  name: `node-${i}`,
  address: `127.0.41.${i}`,
  zone: i <= 3 ? "a" : "b",
}));
const LAYERS = [4, 3, 2, 2, 1, 1].map((mebibytes, i) => ({
  seed: `operator ${i}`,
  bytes: mebibytes * 2 ** 20,
}));

type Layer = {
  readonly digest: string;
  readonly bytes: number;
  readonly state: string;
  readonly nodesComplete: number;
};

describe("an operator's image", {
  skip: lackingCluster("docker-registry", "skopeo"),
  timeout: 170_000,
}, () => {
  const scope = suite();
  let cluster: OwnCluster;
  let registry: TestRegistry;
  let image: ImageRecord;
  let controllers: readonly TestController[];

  before(async () => {
    cluster = await anOwnCluster(scope);
    await applyManifests(cluster);
    registry = await startRegistry(scope);
    image = await makeImage(tempDir(scope), { tag: "1", layers: LAYERS });
    await registry.push(image, "app:1");
    registry.forgetRequests();
    controllers = await Promise.all(
      ["127.0.40.1", "127.0.40.2"].map((address) =>
        startController(scope, cluster, address, registry.address),
      ),
    );
    const args = ["--insecure-registry", registry.address];
    for (const node of NODES) await startNode(scope, cluster, node, controllers, args);
  });

  const kubectl = async (...args: readonly string[]) => (await cluster.kubectl(args)).stdout;
  const apply = (name: string, spec: object) =>
    cluster.kubectl(["apply", "-f", "-"], {
      input: JSON.stringify({
        apiVersion: "oci-torrent.io/v1alpha1",
        kind: "ImageDistribution",
        metadata: { name },
        spec: { runtime: { load: "Never" }, ...spec },
      }),
    });
  const statusOf = async <Status>(name: string) =>
    (JSON.parse(await kubectl("get", "imgdist", name, "-o", "json")) as { status: Status }).status;

  it("is on every node, and was taken from the registry once a zone", async () => {
    await apply("app", { image: `${registry.address}/app:1` });
    await kubectl("wait", "imgdist/app", "--for=condition=Ready", "--timeout=2m");

    const line = await kubectl("get", "imagedistributions", "--no-headers");
    assert.match(line, /^app +127\.0\.0\.1:\d+\/app:1 +6\/6 +100% +2 +\d+% +Complete +\d+s/);
    const size = [image.config, ...image.layers].reduce((sum, blob) => sum + blob.size, 0);
    const given = [...registry.blobTraffic().values()].reduce((sum, { bytes }) => sum + bytes, 0);
    assert.ok(given >= size && given <= 2.04 * size, `${given} of ${size} bytes`);
    const { layers } = await statusOf<{ layers: readonly Layer[] }>("app");
    assert.deepEqual(
      new Map(layers.map(({ digest, bytes }) => [digest, bytes])),
      new Map(image.layers.map(({ digest, size: bytes }) => [digest, bytes])),
    );
    for (const { state, nodesComplete } of layers) {
      assert.deepEqual([state, nodesComplete], ["Complete", 6]);
    }
    // Each agent writes its own, a few seconds later.
    const rows = NODES.map(({ name }) => new RegExp(`^${name} +Running +1/1 `, "m"));
    await until("each node is there", SOON_MS, async () => {
      const sets = await kubectl("get", "nis", "--no-headers");
      return rows.every((row) => row.test(sets)) ? true : undefined;
    });
  });

  it("is told by one controller of two, as their probes and metrics say", async () => {
    const leads = await Promise.all(
      controllers.map(async ({ metricsUrl }) => {
        const ready = await fetch(`${metricsUrl}/readyz?verbose`);
        assert.deepEqual(
          [ready.status, await ready.text()],
          [200, "[+] tracker ok\n[+] sessions ok\n[+] api ok\nok\n"],
        );
        const metrics = await (await fetch(`${metricsUrl}/metrics`)).text();
        const sessions = /^oci_torrent_controller_sessions (\d+)$/m.exec(metrics)?.[1];
        const leader = /^oci_torrent_controller_is_leader (\d)$/m.exec(metrics)?.[1];
        const writes = /resource="imagedistributions\/status",code="200"\} (\d+)/.exec(
          metrics,
        )?.[1];
        return { leader, sessions, hasWritten: Number(writes ?? 0) > 0 };
      }),
    );
    assert.deepEqual(
      leads.toSorted((a, b) => Number(b.leader) - Number(a.leader)),
      [
        { leader: "1", sessions: "6", hasWritten: true },
        { leader: "0", sessions: "0", hasWritten: false },
      ],
    );
  });
});
