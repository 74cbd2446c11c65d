import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { before, describe, it } from "node:test";
import { suite } from "../support/at-end.ts";
import { run } from "../support/processes.ts";
import { program } from "../support/programs.ts";
import {
  lackingNodes,
  type NodeCluster,
  numberedNodes,
  SHELL_IMAGE,
  startNodeCluster,
} from "./cluster.ts";

const MIB = 1 << 20;
const SMALL_MIB = 24;

/** A pod on every node, whose web server answers with the node's name. */
const ECHO = {
  apiVersion: "v1",
  kind: "List",
  items: [
    {
      apiVersion: "apps/v1",
      kind: "DaemonSet",
      metadata: { name: "echo" },
      spec: {
        selector: { matchLabels: { app: "echo" } },
        template: {
          metadata: { labels: { app: "echo" } },
          spec: {
            terminationGracePeriodSeconds: 0,
            containers: [
              {
                name: "echo",
                image: SHELL_IMAGE,
                command: ["sh", "-c", "echo $NODE > index.html && echo $NODE && exec httpd -f"],
                env: [{ name: "NODE", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }],
              },
            ],
          },
        },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "echo" },
      spec: { selector: { app: "echo" }, ports: [{ port: 80 }] },
    },
  ],
};

describe("a cluster with nodes", { skip: lackingNodes() }, () => {
  const scope = suite();
  let cluster: NodeCluster;
  before(async () => {
    const [one, ...others] = numberedNodes(3);
    assert.ok(one !== undefined);
    cluster = await startNodeCluster(scope, {
      nodes: [{ ...one, dataMiB: SMALL_MIB }, ...others],
    });
  });

  const kubectl = (...args: readonly string[]) => cluster.kubectl(args);
  const podOn = async (node: string) => {
    const select = ["--selector=app=echo", `--field-selector=spec.nodeName=${node}`];
    return (await kubectl("get", "pods", ...select, "-o", "name")).stdout.trim();
  };

  it("has the containerd that each node was given", async () => {
    const path =
      "{range .items[*]}{.metadata.name} {.status.nodeInfo.containerRuntimeVersion}{'\\n'}";
    const { stdout } = await kubectl("get", "nodes", "-o", `jsonpath=${path}{end}`);
    assert.match(stdout, /^node-1 containerd:\/\/2\.4\.2\nnode-2 containerd:\/\/2\.4\.2\n/);
    assert.match(stdout, /^node-3 containerd:\/\/1\.6\.\d+$/m);
  });

  it("runs pods that find each other by a service's name, and the registry", async () => {
    await cluster.kubectl(["apply", "-f", "-"], { input: JSON.stringify(ECHO) });
    await kubectl("rollout", "status", "daemonset/echo", "--timeout=60s");
    for (const { name } of cluster.nodes()) {
      const pod = await podOn(name);
      assert.equal((await kubectl("logs", pod)).stdout, `${name}\n`);
      const seen = await kubectl("exec", pod, "--", "wget", "-q", "-O", "-", "http://echo");
      assert.match(seen.stdout, /^node-[123]\n$/);
      const registry = ["wget", "-q", "-O", "-", `http://${SHELL_IMAGE.replace(/\/.*/, "/v2/")}`];
      assert.equal((await kubectl("exec", pod, "--", ...registry)).stdout, "{}");
    }
  });

  it("has a data disk for each node, which can be full", async () => {
    const [small, other] = ["node-1", "node-2"].map((name) => cluster.node(name));
    assert.ok(small !== undefined && other !== undefined);
    const fill = ["dd", "if=/dev/zero", "of=/var/lib/oci-torrent/filling", "bs=1M", "count=32"];
    const full = await run(program("busybox"), fill, { on: small, codes: [1] });
    assert.match(full.stderr, /No space left on device/);
    const size = statSync(small.path("/var/lib/oci-torrent/filling")).size;
    assert.ok(size > 0 && size < SMALL_MIB * MIB, `${size} bytes were written`);
    await run(program("busybox"), fill, { on: other });
    assert.equal(statSync(other.path("/var/lib/oci-torrent/filling")).size, 32 * MIB);
  });

  it("has nodes that lose power, and keep what was on their disks", async () => {
    const node = cluster.node("node-2");
    const pod = await podOn(node.name);
    await node.powerOff();
    assert.ok(!existsSync(node.path("/var/lib")), "the node's first process is gone");
    await node.powerOn();
    assert.equal(statSync(node.path("/var/lib/oci-torrent/filling")).size, 32 * MIB);
    const restarts = "{.status.containerStatuses[0].restartCount}";
    await kubectl("wait", pod, `--for=jsonpath=${restarts}=1`, "--timeout=60s");
    await kubectl("wait", pod, "--for=condition=Ready", "--timeout=60s");
  });

  it("has daemons that come back when they are killed", async () => {
    const node = cluster.node("node-3");
    const pod = await podOn(node.name);
    for (const daemon of ["containerd", "kubelet", "kube-proxy"] as const)
      await node.restart(daemon);
    // A pod that was made after that.
    await kubectl("delete", pod, "--wait=false");
    await kubectl("rollout", "status", "daemonset/echo", "--timeout=90s");
    assert.notEqual(await podOn(node.name), pod);
  });

  it("takes in another node", async () => {
    const late = await cluster.addNode({ name: "late", labels: { zone: "b" } });
    const { stdout } = await kubectl("get", "nodes", "-l", "zone=b", "-o", "name");
    assert.equal(stdout, "node/late\n");
    await kubectl("rollout", "status", "daemonset/echo", "--timeout=60s");
    const pod = await podOn(late.name);
    assert.equal((await kubectl("logs", pod)).stdout, "late\n");
  });
});
