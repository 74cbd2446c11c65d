// Nodes whose stores are too small, and nodes that come later.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { suite } from "../support/at-end.ts";
import { makeImage } from "../support/images.ts";
import { startRegistry, type TestRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp.ts";
import { anOwnCluster, type OwnCluster } from "./cluster.ts";
import { startController, startNode, type TestController } from "./fleet.ts";
import { applyManifests } from "./manifests.ts";
import { lackingCluster } from "./programs.ts";
import { until } from "./until.ts";

const MIB = 2 ** 20;
const SOON_MS = 60_000;

describe("a node's disk", {
  skip: lackingCluster("docker-registry", "skopeo"),
  timeout: 240_000,
}, () => {
  const scope = suite();
  let cluster: OwnCluster;
  let registry: TestRegistry;
  let controller: TestController;

  const kubectl = async (...args: readonly string[]) => (await cluster.kubectl(args)).stdout;
  const kubectlJson = async (...args: readonly string[]): Promise<unknown> =>
    JSON.parse(await kubectl("get", ...args, "-o", "json"));
  async function distribute(name: string): Promise<void> {
    const object = {
      apiVersion: "oci-torrent.io/v1alpha1",
      kind: "ImageDistribution",
      metadata: { name },
      spec: { image: `${registry.address}/${name}:1`, runtime: { load: "Never" } },
    };
    await cluster.kubectl(["apply", "-f", "-"], { input: JSON.stringify(object) });
  }
  const untilReady = (name: string) =>
    kubectl("wait", `imgdist/${name}`, "--for=condition=Ready", "--timeout=60s");
  const addNode = (name: string, address: string, ...flags: string[]) => {
    const args = ["--insecure-registry", registry.address, ...flags];
    return startNode(scope, cluster, { name, address, zone: "a" }, [controller], args);
  };
  const given = () =>
    [...registry.blobTraffic().values()].reduce((sum, { bytes }) => sum + bytes, 0);

  before(async () => {
    registry = await startRegistry(scope);
    for (const name of ["first", "second"]) {
      const layers = [{ seed: `disk ${name}`, bytes: 8 * MIB }];
      const image = await makeImage(tempDir(scope), { tag: "1", layers });
      await registry.push(image, `${name}:1`);
    }
    registry.forgetRequests();
    cluster = await anOwnCluster(scope);
    await applyManifests(cluster);
    controller = await startController(scope, cluster, "127.0.80.1", [registry]);
    await addNode("large", "127.0.81.1");
    await addNode("small", "127.0.81.2", "--store-max-bytes=12MiB", "--min-free-percent=0");
  });

  it("that has no room for an image lets it wait and says why, until another one goes", async () => {
    await distribute("first");
    await untilReady("first");
    await distribute("second");
    const told = await until("the small node waits", SOON_MS, async () => {
      const { status } = (await kubectlJson("imgdist", "second")) as Distribution;
      const isWaiting = status?.reasons?.some(({ reason }) => reason === "InsufficientDisk");
      return isWaiting && status?.summary?.ready === "1/2" ? status : undefined;
    });
    assert.deepEqual(told.reasons, [{ reason: "InsufficientDisk", nodes: 1 }]);
    const set = await until("its own status says so too", SOON_MS, async () => {
      const { status } = (await kubectlJson("nis", "small")) as NodeSet;
      const pressure = status?.conditions?.find(({ type }) => type === "DiskPressure");
      return pressure?.status === "True" ? status : undefined;
    });
    const row = set.images?.find(({ reason }) => reason === "InsufficientDisk");
    assert.match(row?.message ?? "", /store has 8.0MiB of at most 12MiB.*--store-max-bytes/s);

    // Nodes would keep it for a day, were there room.
    await kubectl("delete", "imgdist", "first");
    await untilReady("second");
    assert.equal(
      ((await kubectlJson("imgdist", "second")) as Distribution).status?.summary?.ready,
      "2/2",
    );
  });

  it("of a node that comes later has the image without a byte from the registry", async () => {
    const before = given();
    assert.ok(before > 16 * MIB, "both images were asked of it");
    await addNode("later", "127.0.81.3");
    await until("the new node has it", SOON_MS, async () => {
      const { status } = (await kubectlJson("imgdist", "second")) as Distribution;
      return status?.summary?.ready === "3/3" ? true : undefined;
    });
    assert.equal(given(), before);
  });
});

type Distribution = {
  readonly status?: {
    readonly summary?: { readonly ready?: string };
    readonly reasons?: readonly { readonly reason: string; readonly nodes: number }[];
  };
};
type NodeSet = {
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly images?: readonly { readonly reason?: string; readonly message?: string }[];
  };
};
