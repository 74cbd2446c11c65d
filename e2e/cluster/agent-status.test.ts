// The shipped agent and the API server: what it says of its node, with the rights and the token that it has in a cluster.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { startController } from "../../src/controller/testing/index.ts";
import { startAgent, type TestAgent } from "../support/agents.ts";
import { atEnd, type Scope, suite } from "../support/at-end.ts";
import { tempDir } from "../support/temp.ts";
import { anOwnCluster, type OwnCluster } from "./cluster.ts";
import { AGENT, applyManifests, NAMESPACE } from "./manifests.ts";
import { makeNode, makePod, type NodeSpec, type PodSpec, podToken } from "./nodes.ts";
import { lackingCluster } from "./programs.ts";
import { until } from "./until.ts";

const SOON_MS = 90_000;
const node: NodeSpec = { name: "node-1", address: "127.0.0.7" };
const pod: PodSpec = { name: "agent-node-1", namespace: NAMESPACE, serviceAccount: AGENT, node };

describe("what an agent says of its node", { skip: lackingCluster(), timeout: 170_000 }, () => {
  const scope = suite();
  let cluster: OwnCluster;
  let token: string;
  before(async () => {
    cluster = await anOwnCluster(scope);
    await applyManifests(cluster);
    await makeNode(cluster, node);
    await makePod(cluster, pod);
    token = await podToken(cluster, pod);
  });

  const makeSet = (name: string) =>
    cluster.kubectl(["create", "-f", "-"], {
      input: JSON.stringify({
        apiVersion: "oci-torrent.io/v1alpha1",
        kind: "NodeImageSet",
        metadata: { name },
        spec: { images: [] },
      }),
    });

  /** With the token of node-1's pod, whichever node it says that it is on. */
  async function start(test: Scope, { name, address }: NodeSpec): Promise<TestAgent> {
    const controller = await startController();
    atEnd(test, () => controller.close());
    const directory = tempDir(test);
    const kubeconfig = await cluster.kubectl(["config", "view", "--raw", "-o", "json"]);
    const { server, ca } = serverOf(kubeconfig);
    writeFileSync(join(directory, "token"), token);
    writeFileSync(join(directory, "ca.crt"), ca);
    return startAgent(test, {
      node: name,
      address,
      controllers: [controller.address],
      bundle: controller.identity.bundle(),
      args: [
        ...["--api-server", server, "--api-token", join(directory, "token")],
        ...["--api-ca", join(directory, "ca.crt")],
      ],
    });
  }

  it("is in its NodeImageSet as soon as there is one, and kubectl shows it", async (test) => {
    const agent = await start(test, node);
    await agent.process.line(/"ready"/);
    await makeSet(node.name);
    const status = await until("the node's status", SOON_MS, async () => {
      const { stdout } = await cluster.kubectl(["get", "nis", node.name, "-o", "json"]);
      const { status } = JSON.parse(stdout) as { status: Record<string, unknown> };
      // What it is made with says that nobody has seen it.
      return status["observedGeneration"] === -1 ? undefined : status;
    });
    assert.equal(status["observedGeneration"], 1);
    assert.deepEqual(status["images"], []);
    const { stdout } = await cluster.kubectl(["get", "nis", node.name]);
    assert.match(stdout, /node-1 +Running +0\/0 +0 +0 +0B/);
    assert.doesNotMatch(agent.process.stderr(), /node's status not written/);
  });

  it("is refused for another node, though the token is good", async (test) => {
    await makeSet("node-2");
    const agent = await start(test, { name: "node-2", address: "127.0.0.8" });
    const refused = /status not written.*may write the NodeImageSet of its own node only/;
    await agent.process.line(refused, SOON_MS);
  });
});

/** Of a kubeconfig, with files read in. */
function serverOf({ stdout }: { readonly stdout: string }): { server: string; ca: string } {
  const config = JSON.parse(stdout) as {
    clusters: { cluster: { server: string; "certificate-authority-data": string } }[];
  };
  const [first] = config.clusters;
  assert.ok(first);
  const { server, "certificate-authority-data": data } = first.cluster;
  return { server, ca: Buffer.from(data, "base64").toString() };
}
