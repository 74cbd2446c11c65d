// What befalls nodes, in the middle of bringing an image to them: it is there in the end, and nothing wrong is said or run in between.
import assert from "node:assert/strict";
import { rmSync, statfsSync } from "node:fs";
import { before, describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { until } from "../cluster/until.ts";
import { suite } from "../support/at-end.ts";
import { run } from "../support/processes.ts";
import { program } from "../support/programs.ts";
import { tempDir } from "../support/temp.ts";
import { type AppImage, makeAppImage } from "./app-image.ts";
import { lackingNodes, type NodeCluster, REGISTRY, startNodeCluster } from "./cluster.ts";
import { distribute, distributionStatus, registryBytes, untilReady } from "./distributions.ts";
import type { ClusterNode } from "./node.ts";
import { podsOf, runEverywhere } from "./pods.ts";
import { processesOn } from "./processes.ts";
import { install, NAMESPACE, prepareRelease } from "./release.ts";
import { runtimeOf } from "./runtime-view.ts";

const SHOWN_TIMEOUT_MS = 90_000;
const DATA = "/var/lib/oci-torrent";
const LEFT_BYTES = 8 << 20;
/** What a node takes in a second. */
const SECOND_BYTES = 4 << 20;

describe("an image on its way to nodes that fail", { skip: lackingNodes() }, () => {
  const scope = suite();
  let cluster: NodeCluster;
  let cutOff = "";
  before(async () => {
    const nodes = [
      { name: "node-1" },
      { name: "node-2" },
      { name: "node-3", runtime: "1.6" as const },
    ];
    cluster = await startNodeCluster(scope, { nodes });
    const release = await prepareRelease(scope, cluster);
    await install(release, "--set", "gate.condition=true");
  });

  const kubectl = async (...args: readonly string[]) => (await cluster.kubectl(args)).stdout;

  /** Has an image brought to the nodes, at 4 MiB a second each unless told otherwise. */
  async function begin(name: string, dataMiB: number, limit = "4Mi"): Promise<AppImage> {
    const image = await makeAppImage(tempDir(scope), { seed: name, dataMiB });
    await cluster.registry.push(image, `${name}:1`);
    cluster.registry.forgetRequests();
    const limits = { downloadBytesPerSecond: limit };
    await distribute(cluster, name, { image: `${REGISTRY}/${name}:1`, limits });
    return image;
  }

  const untilBytes = (name: string, least: number) =>
    until(`nodes have ${least} bytes of ${name}`, SHOWN_TIMEOUT_MS, async () => {
      const { bytes } = await distributionStatus(cluster, name);
      return (bytes?.complete ?? 0) >= least ? true : undefined;
    });

  type NodeImage = {
    readonly key: string;
    readonly state: string;
    readonly reason?: string;
    readonly message?: string;
  };

  /** What the node's own object says of an image. */
  const untilSaid = (name: string, node: string, holds: (image: NodeImage) => boolean) =>
    until(`${node} says what becomes of ${name}`, SHOWN_TIMEOUT_MS, async () => {
      const set = JSON.parse(await kubectl("get", "nis", node, "-o", "json")) as {
        status?: { images?: NodeImage[] };
      };
      const found = set.status?.images?.find(({ key }) => key.startsWith(`default/${name}/`));
      return found !== undefined && holds(found) ? found : undefined;
    });

  /** Resolves when the others have the image and the distribution says no more than that, and why. */
  async function untilOthersReady(name: string, ready: string, reasons: readonly object[]) {
    const status = await until("the others have it", SHOWN_TIMEOUT_MS, async () => {
      const now = await distributionStatus(cluster, name);
      const isSaid = now.summary?.ready === ready && isDeepStrictEqual(now.reasons ?? [], reasons);
      return isSaid ? now : undefined;
    });
    const said = status.conditions?.find(({ type }) => type === "Ready")?.status;
    assert.equal(said, "False");
  }

  /** What the node's own condition says. */
  const imagesReady = (node: string): Promise<string> => {
    const condition = "{.status.conditions[?(@.type=='oci-torrent.io/ImagesReady')]}";
    const path = condition.replace("]}", "]['status', 'message']}");
    return kubectl("get", "node", node, "-o", `jsonpath=${path}`);
  };

  async function assertRunsEverywhere(name: string, { greeting }: AppImage): Promise<void> {
    const lines = await runEverywhere(cluster, name, `${REGISTRY}/${name}:1`);
    const expected = cluster.nodes().map((node) => [node.name, greeting]);
    assert.deepEqual([...lines].sort(), expected.sort());
    await kubectl("delete", "daemonset", name);
  }

  const readySince = (name: string): Promise<string> => {
    const condition = "{.status.conditions[?(@.type=='Ready')]['status', 'lastTransitionTime']}";
    return kubectl("get", "imgdist", name, "-o", `jsonpath=${condition}`);
  };

  /** @param lost bytes that were on their way when their node was lost, or not yet written down there */
  const assertFetchedOnce = (name: string, image: AppImage, lost = 0) => {
    const bytes = registryBytes(cluster, name);
    const asked = cluster.registry.requests().filter(({ path }) => path.includes(`/${name}/`));
    const told = asked.map((each) => JSON.stringify(each)).join("\n");
    assert.ok(bytes <= 1.05 * image.bytes + lost, `${bytes} of ${image.bytes} bytes:\n${told}`);
  };

  async function agentOn({ name }: ClusterNode): Promise<string> {
    const pods = await podsOf(cluster, NAMESPACE, "app.kubernetes.io/component=agent");
    return pods.find(({ spec }) => spec.nodeName === name)?.metadata.name ?? "";
  }

  it("comes though containerd hangs while it takes the image, and is killed", async () => {
    const image = await begin("taken", 60, "16Mi");
    const nodes = ["node-2", "node-3"].map((name) => cluster.node(name));
    await untilBytes("taken", image.bytes / 10);
    for (const node of nodes) await node.freeze("containerd");
    for (const { name } of nodes) {
      await untilSaid("taken", name, ({ state }) => state === "Loading");
    }
    await untilOthersReady("taken", "1/3", []);
    await Promise.all(nodes.map((node) => node.restart("containerd")));
    await untilReady(cluster, "taken");
    await assertRunsEverywhere("taken", image);
    assertFetchedOnce("taken", image);
  });

  it("comes though an agent's pod is killed and a kubelet is restarted", async () => {
    const image = await begin("killed", 24);
    // About half on each node: far more than may be lost.
    await untilBytes("killed", 1.5 * image.bytes);
    const [one, two] = [cluster.node("node-1"), cluster.node("node-2")];
    const pod = await agentOn(one);
    const before = processesOn(one, "/oci-torrentd.mjs");
    const taken = await readySince("taken");
    await kubectl("delete", "pod", "-n", NAMESPACE, pod, "--grace-period=0", "--force");
    await two.restart("kubelet");
    await untilReady(cluster, "killed");
    await assertRunsEverywhere("killed", image);
    assert.notDeepEqual(processesOn(one, "/oci-torrentd.mjs"), before);
    assertFetchedOnce("killed", image, SECOND_BYTES);
    // What shares layers with it was on all nodes, and nothing else was said of it.
    assert.match(taken, /^True /);
    assert.equal(await readySince("taken"), taken);
  });

  it("waits while a node's disk is full, says so, and comes when there is room", async (test) => {
    const node = cluster.node("node-1");
    const filling = `${DATA}/filling`;
    const { bavail, bsize } = statfsSync(node.path(DATA));
    const fill = ["fallocate", "-l", String(bavail * bsize - LEFT_BYTES), filling];
    await run(program("busybox"), fill, { on: node });
    // Else what comes after a failure would fail, too.
    test.after(() => rmSync(node.path(filling), { force: true }));
    const image = await begin("room", 24, "1Gi");
    const { message } = await untilSaid(
      "room",
      "node-1",
      ({ reason }) => reason === "InsufficientDisk",
    );
    assert.match(message ?? "", /./);
    // A node's condition is written once in five seconds at most.
    const missing = "False not on this node yet: the images of default/room";
    await until(`node-1 says "${missing}"`, SHOWN_TIMEOUT_MS, async () =>
      (await imagesReady("node-1")) === missing ? true : undefined,
    );
    await untilOthersReady("room", "2/3", [{ reason: "InsufficientDisk", nodes: 1 }]);
    rmSync(node.path(filling));
    await untilReady(cluster, "room");
    await assertRunsEverywhere("room", image);
  });

  /** The node whose controller leads. */
  async function leadingNode(): Promise<ClusterNode> {
    const holder = ["get", "lease", "-n", NAMESPACE, "-o"];
    const [address] = (await kubectl(...holder, "jsonpath={.items[0].spec.holderIdentity}")).split(
      ":",
    );
    const leader = `--field-selector=status.podIP=${address}`;
    const path = "jsonpath={.items[0].spec.nodeName}";
    return cluster.node(await kubectl("get", "pods", "-n", NAMESPACE, leader, "-o", path));
  }

  it("comes to a node whose power was cut in the middle, and the leading controller's with it", async () => {
    const image = await begin("power", 24);
    await untilBytes("power", image.bytes / 2);
    const node = await leadingNode();
    cutOff = node.address;
    await node.powerOff();
    await untilOthersReady("power", "2/3", [{ reason: "NodeNotReady", nodes: 1 }]);
    await node.powerOn();
    await untilReady(cluster, "power");
    await assertRunsEverywhere("power", image);
    const seen = await runtimeOf(node).imageStatus(`${REGISTRY}/power:1`);
    assert.deepEqual(seen?.repoDigests, [`${REGISTRY}/power@${image.manifest.digest}`]);
  });

  it("comes to a node that joins, without the registry, and the others stay ready", async () => {
    cluster.registry.forgetRequests();
    const watch = ["get", "imgdist", "power", "--watch", "--output-watch-events"];
    const condition = "{.object.status.conditions[?(@.type=='Ready')].status}";
    const path = `jsonpath={.object.status.nodes.desired} ${condition}{'\\n'}`;
    const watched = cluster.kubectl([...watch, "-o", path, "--request-timeout=45s"], {
      codes: "any",
      timeoutMs: 60_000,
    });
    const late = await cluster.addNode({ name: "late" });
    assert.doesNotMatch(await imagesReady("late"), /^True/);
    await until("it has the image", SHOWN_TIMEOUT_MS, async () => {
      const seen = await runtimeOf(late).imageStatus(`${REGISTRY}/power:1`);
      return seen === undefined ? undefined : true;
    });
    await until("it says so", SHOWN_TIMEOUT_MS, async () =>
      (await imagesReady("late")).startsWith("True ") ? true : undefined,
    );
    const pod = ["run", "late", `--image=${REGISTRY}/power:1`, "--restart=Never"];
    const where = { spec: { nodeName: "late" } };
    await kubectl(
      ...pod,
      "--image-pull-policy=IfNotPresent",
      `--overrides=${JSON.stringify(where)}`,
    );
    await kubectl("wait", "pod/late", "--for=condition=Ready", "--timeout=60s");
    const events = ["get", "events", "--field-selector=involvedObject.name=late,type=Normal"];
    const told = await kubectl(...events, "-o", "jsonpath={.items[*].reason}");
    // Of an image that is there already the kubelet says the one without the other.
    assert.deepEqual([told.includes("Pulled"), told.includes("Pulling")], [true, false], told);
    // What the node without power had begun is logged when the registry finds out that it is gone.
    const asked = cluster.registry
      .requests()
      .filter(({ path, client }) => path.includes("/power/") && client !== cutOff);
    assert.deepEqual(asked, []);
    // It was watched before and after.
    const states = new Set((await watched).stdout.trim().split("\n"));
    assert.deepEqual([...states], ["3 True", "4 True"]);
  });
});
