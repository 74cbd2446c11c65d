import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { atEnd, suite } from "../support/at-end.ts";
import { aCluster, type Cluster } from "./cluster.ts";
import { kstatus } from "./kstatus.ts";
import { lackingCluster } from "./programs.ts";
import { until } from "./until.ts";

const EXPLAIN_TIMEOUT_MS = 30_000;

const distribution = (name: string, spec: object, more: object = {}) =>
  JSON.stringify({
    apiVersion: "oci-torrent.io/v1alpha1",
    kind: "ImageDistribution",
    metadata: { name },
    spec,
    ...more,
  });

/** Of no node that a cluster could have. */
const NODE = "oci-torrent-e2e-node";

const now = "2026-01-01T00:00:00Z";
const digest = `sha256:${"a".repeat(64)}`;

/** The status of a distribution that is half way. */
const HALF_WAY = {
  observedGeneration: 1,
  conditions: [
    {
      type: "Ready",
      status: "False",
      reason: "Distributing",
      message: "3 of 6 nodes have the image",
      lastTransitionTime: now,
    },
  ],
  summary: {
    ready: "3/6",
    progress: "51%",
    seeders: "2",
    fromPeers: "66%",
    size: "1.2GiB",
    rate: "90MiB/s",
    eta: "40s",
  },
  resolved: {
    reference: "127.0.0.1:5000/app:1",
    digest,
    access: "Public",
    resolvedTime: now,
    platforms: [],
  },
  nodes: { desired: 6, ready: 3, active: 2, waiting: 0, failed: 1, skipped: 0 },
};

/** What the agent of a node with one image of two says. */
const NODE_STATUS = {
  summary: { ready: "1/2", active: 1, failed: 0, stored: "1.2GiB" },
  agent: {
    version: "0.1.0",
    addresses: ["127.0.0.2"],
    ports: { peer: 6880, grpc: 6884 },
    sessionEpoch: 1,
  },
  runtime: {
    ...{ name: "containerd", version: "2.4.2", loadMethod: "Loopback" },
    ...{ namesTags: true, canPin: true },
  },
  conditions: [
    {
      type: "AgentReady",
      status: "True",
      reason: "Running",
      message: "the agent runs",
      lastTransitionTime: now,
    },
  ],
};

describe("custom resources", { skip: lackingCluster() }, () => {
  const scope = suite();
  let cluster: Cluster;
  before(async () => {
    cluster = await aCluster(scope);
  });

  const kubectl = async (...args: readonly string[]) => (await cluster.kubectl(args)).stdout;

  async function created(object: string): Promise<void> {
    await cluster.kubectl(["create", "-f", "-"], { input: object });
  }

  const setStatus = (name: string, status: object) =>
    kubectl(
      "patch",
      ...name.split("/"),
      "--subresource=status",
      "--type=merge",
      "-p",
      asPatch(status),
    );
  const asPatch = (status: object) => JSON.stringify({ status });

  const json = async (name: string) => JSON.parse(await kubectl("get", name, "-o", "json"));

  async function read(name: string) {
    const { metadata, spec, status } = await json(name);
    return { generation: metadata.generation as number, spec, status };
  }

  /** Rows of a table, each with its cells. */
  const table = (text: string) =>
    text
      .trim()
      .split("\n")
      .map((line) => line.trim().split(/ {2,}/));

  it("fill in the defaults", async () => {
    await created(distribution("defaults", { image: "busybox" }));
    const { spec, status } = await read("imgdist/defaults");
    assert.deepEqual(spec, {
      image: "busybox",
      nodeSelector: {},
      seeders: { topologyKey: "topology.kubernetes.io/zone" },
      limits: {},
      registry: { fallback: "AfterTimeout", fallbackAfterSeconds: 300 },
      runtime: { load: "Always", pin: "Never" },
      rollout: { maxParallel: "100%", failureThreshold: "10%", progressDeadlineSeconds: 600 },
      retentionSeconds: 86_400,
      priority: 0,
      suspend: false,
    });
    assert.deepEqual(status, { observedGeneration: -1 });
  });

  it("keep what the user gave beside the defaults", async () => {
    const given = { image: "busybox", runtime: { load: "Never" }, tolerations: [{ key: "a" }] };
    await created(distribution("given", given));
    const { spec } = await read("imgdist/given");
    assert.deepEqual(spec.runtime, { load: "Never", pin: "Never" });
    assert.deepEqual(spec.tolerations, [{ key: "a", operator: "Equal" }]);
  });

  it("have a status that only the status subresource changes", async () => {
    const lie = { status: { observedGeneration: 7 } };
    await created(distribution("status", { image: "busybox" }, lie));
    await kubectl("patch", "imgdist", "status", "--type=merge", "-p", JSON.stringify(lie));
    const before = await read("imgdist/status");
    assert.deepEqual(before.status, { observedGeneration: -1 });

    await setStatus("imgdist/status", { observedGeneration: 7 });
    const after = await read("imgdist/status");
    assert.deepEqual(after.status, { observedGeneration: 7 });
    assert.equal(after.generation, before.generation);
  });

  it("have a spec that the status subresource leaves alone", async () => {
    await created(distribution("spec", { image: "busybox" }));
    const patch = JSON.stringify({ spec: { priority: 5 } });
    await kubectl("patch", "imgdist", "spec", "--subresource=status", "--type=merge", "-p", patch);
    const before = await read("imgdist/spec");
    assert.equal(before.spec.priority, 0);

    await kubectl("patch", "imgdist", "spec", "--type=merge", "-p", patch);
    const after = await read("imgdist/spec");
    assert.equal(after.spec.priority, 5);
    assert.equal(after.generation, before.generation + 1);
  });

  it("show a distribution's state in columns, and more of it with -o wide", async () => {
    await created(distribution("app", { image: "127.0.0.1:5000/app:1" }));
    await setStatus("imgdist/app", HALF_WAY);
    const columns = [
      "NAME",
      "IMAGE",
      "READY",
      "PROGRESS",
      "SEEDERS",
      "FROM-PEERS",
      "STATUS",
      "AGE",
    ];
    const cells = ["app", "127.0.0.1:5000/app:1", "3/6", "51%", "2", "66%", "Distributing"];
    const withoutAge = ([row = []]: string[][]) => row.filter((cell) => !/^\d+s$/.test(cell));

    const [head, ...rows] = table(await kubectl("get", "imagedistributions", "app"));
    assert.deepEqual(head, columns);
    assert.deepEqual(withoutAge(rows), cells);

    const [wideHead, ...wide] = table(await kubectl("get", "imgdist", "app", "-o", "wide"));
    assert.deepEqual(wideHead, [...columns, "DIGEST", "SIZE", "RATE", "ETA", "FAILED", "MESSAGE"]);
    const [wideRow = []] = wide;
    assert.deepEqual(wideRow.slice(0, cells.length), cells);
    assert.deepEqual(wideRow.slice(columns.length), [
      ...[digest, "1.2GiB", "90MiB/s", "40s", "1", "3 of 6 nodes have the image"],
    ]);
  });

  it("show a node's state in columns, and more of it with -o wide", async (context) => {
    const set = {
      apiVersion: "oci-torrent.io/v1alpha1",
      kind: "NodeImageSet",
      metadata: { name: NODE },
      spec: { images: [] },
    };
    atEnd(context, async () => void (await kubectl("delete", "nis", NODE)));
    await created(JSON.stringify(set));
    assert.deepEqual((await read(`nis/${NODE}`)).status, { observedGeneration: -1 });
    await setStatus(`nis/${NODE}`, NODE_STATUS);

    const columns = ["NAME", "AGENT", "READY", "ACTIVE", "FAILED", "STORED", "LOAD", "AGE"];
    const cells = [NODE, "Running", "1/2", "1", "0", "1.2GiB", "Loopback"];
    const [head, row = []] = table(await kubectl("get", "nodeimagesets", NODE));
    assert.deepEqual(head, columns);
    assert.deepEqual(row.slice(0, cells.length), cells);
    const [wideHead, wide = []] = table(await kubectl("get", "nis", NODE, "-o", "wide"));
    assert.deepEqual(wideHead, [...columns, "VERSION", "MESSAGE"]);
    assert.deepEqual(wide.slice(columns.length), ["0.1.0", "the agent runs"]);
  });

  it("can be waited for by condition", async () => {
    await created(distribution("wait", { image: "busybox" }));
    const wait = ["wait", "imgdist/wait", "--for=condition=Ready"];
    const { stderr } = await cluster.kubectl([...wait, "--timeout=1s"], { codes: [1] });
    assert.match(stderr, /timed out waiting/);

    const waiting = kubectl(...wait, "--timeout=30s");
    const [ready] = HALF_WAY.conditions;
    const conditions = [{ ...ready, status: "True", reason: "Complete" }];
    await setStatus("imgdist/wait", { observedGeneration: 1, conditions });
    assert.match(await waiting, /condition met/);
  });

  it("are in progress for kstatus until the controller has looked at them", async () => {
    await created(distribution("unseen", { image: "busybox" }));
    const verdict = async () => {
      const { status } = await kstatus(await json("imgdist/unseen"));
      return status;
    };
    assert.equal(await verdict(), "InProgress");

    const [ready] = HALF_WAY.conditions;
    const isTrue = (type: string) => [{ ...ready, type, status: "True", reason: "Test" }];
    await setStatus("imgdist/unseen", { observedGeneration: 1, conditions: isTrue("Ready") });
    assert.equal(await verdict(), "Current");
    await setStatus("imgdist/unseen", { conditions: isTrue("Reconciling") });
    assert.equal(await verdict(), "InProgress");
    await setStatus("imgdist/unseen", { conditions: isTrue("Stalled") });
    assert.equal(await verdict(), "Failed");
  });

  it("can be selected by image", async () => {
    await created(distribution("red", { image: "example.com/red" }));
    await created(distribution("blue", { image: "example.com/blue" }));
    const selector = "--field-selector=spec.image=example.com/blue";
    assert.equal(
      await kubectl("get", "imgdist", selector, "-o", "name"),
      "imagedistribution.oci-torrent.io/blue\n",
    );
  });

  it("belong to a category of their own", async () => {
    await created(distribution("category", { image: "busybox" }));
    const names = await kubectl("get", "oci-torrent", "-o", "name");
    assert.match(names, /^imagedistribution\.oci-torrent\.io\/category$/m);
  });

  it("are explained, each field with its unit and default", async () => {
    // The server learns to explain a kind a moment after it serves it.
    const text = await until("seeders are explained", EXPLAIN_TIMEOUT_MS, async () => {
      const args = ["explain", "imagedistribution.spec.seeders"];
      const { code, stdout } = await cluster.kubectl(args, { codes: "any" });
      return code === 0 ? stdout : undefined;
    });
    const said = text.replaceAll(/\s+/g, " ");
    for (const sentence of [
      "The nodes that fetch from the registry, each a share of the layers, and give them to the others.",
      "max <integer> Seeders in all zones together, 1 to 64 nodes;",
      "perZone <integer> Seeders in each zone, 1 to 8 nodes. Default: 1 in zones of 3 target nodes or more;",
      "topologyKey <string> Label whose value is a node's zone. Default: topology.kubernetes.io/zone.",
      "nodeSelector <Object> Which nodes may be seeders, by their labels;",
    ]) {
      assert.ok(said.includes(sentence), `${sentence}\nis not in\n${text}`);
    }
  });
});
