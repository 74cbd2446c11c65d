// Certificates and tokens with the rights that deploy/manifests gives, against a real API server.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { KubeConfig } from "@kubernetes/client-node";
import {
  type ApiClient,
  bundleOf,
  createApiClient,
  createKubeAuthenticator,
  createKubeAuthorityStore,
  createKubeconfigAccess,
  type KubeconfigAccess,
  loadAuthorities,
  publishBundle,
} from "../../src/controller/index.ts";
import { systemClock } from "../../src/runtime/index.ts";
import { atEnd, suite } from "../support/at-end.ts";
import { tempDir } from "../support/temp.ts";
import { anOwnCluster, type OwnCluster } from "./cluster.ts";
import { writeKubeconfig } from "./kubeconfig.ts";
import { AGENT, applyManifests, CONTROLLER, NAMESPACE } from "./manifests.ts";
import { makeNode, makePod, type NodeSpec, type PodSpec, podToken } from "./nodes.ts";
import { lackingCluster } from "./programs.ts";

const { signal } = new AbortController();
const NODE: NodeSpec = { name: "node-1", address: "127.0.0.2" };
const AUDIENCE = "oci-torrent";

describe("a controller's identity in a cluster", {
  skip: lackingCluster(),
  timeout: 170_000,
}, () => {
  const scope = suite();
  let cluster: OwnCluster;
  let access: KubeconfigAccess;
  let client: ApiClient;
  before(async () => {
    cluster = await anOwnCluster(scope);
    await applyManifests(cluster);
    await makeNode(cluster, NODE);
    const { url, caFile } = cluster.controlPlane;
    const path = join(tempDir(scope), "kubeconfig");
    const args = ["create", "token", CONTROLLER, "-n", NAMESPACE];
    const { stdout } = await cluster.kubectl(args);
    writeKubeconfig(path, url, caFile, { token: stdout.trim() });
    access = createKubeconfigAccess(() => {
      const config = new KubeConfig();
      config.loadFromFile(path);
      return config;
    });
    atEnd(scope, () => access.close());
    client = createApiClient(access);
  });

  it("makes one authority, however many controllers begin at once, and rotates it in its place", async () => {
    const store = createKubeAuthorityStore(client, NAMESPACE);
    const now = new Date();
    const load = (at = now) => loadAuthorities(store, at, signal);
    const [one, ...others] = await Promise.all([load(), load(), load()]);
    for (const other of others) assert.deepEqual(other, one);
    const later = new Date(now.getTime() + 340 * 86_400_000);
    const [left, right] = await Promise.all([load(later), load(later)]);
    assert.deepEqual(left, right);
    assert.equal(left?.length, 2);
    await publishBundle(client, NAMESPACE, bundleOf(left ?? []), signal);
    const where = ["get", "configmap", "oci-torrent-ca-bundle", "-n", NAMESPACE, "-o", "json"];
    const { data } = JSON.parse((await cluster.kubectl(where)).stdout) as {
      data: Record<string, string>;
    };
    assert.equal(data["ca.crt"], bundleOf(left ?? []));
    assert.doesNotMatch(JSON.stringify(data), /PRIVATE KEY/);
    assert.ok(new X509Certificate(data["ca.crt"] ?? "").ca);
  });

  const pod = (name: string, serviceAccount = AGENT): PodSpec => ({
    name,
    namespace: NAMESPACE,
    serviceAccount,
    node: NODE,
  });

  it("knows an agent by the token of its pod, until the pod is gone", async () => {
    const ours = { namespace: NAMESPACE, serviceAccount: AGENT };
    const authenticator = createKubeAuthenticator(access, ours, systemClock);
    const podUid = await makePod(cluster, pod("agent-1"));
    const token = await podToken(cluster, pod("agent-1"), AUDIENCE);
    assert.deepEqual(await authenticator.authenticate(token, signal), {
      node: NODE.name,
      podName: "agent-1",
      podUid,
      addresses: [NODE.address],
    });
    await cluster.kubectl([
      "delete",
      "pod",
      "agent-1",
      "-n",
      NAMESPACE,
      "--grace-period=0",
      "--force",
    ]);
    await assert.rejects(authenticator.authenticate(token, signal), { code: "FORBIDDEN" });
  });

  it("knows nobody by another token", async () => {
    const ours = { namespace: NAMESPACE, serviceAccount: AGENT };
    const authenticator = createKubeAuthenticator(access, ours, systemClock);
    await makePod(cluster, pod("agent-2"));
    await makePod(cluster, pod("other", CONTROLLER));
    const free = ["create", "token", AGENT, "-n", NAMESPACE, `--audience=${AUDIENCE}`];
    const tokens: Record<string, readonly [string, string]> = {
      "for the API server": ["UNAUTHENTICATED", await podToken(cluster, pod("agent-2"))],
      "of another account": [
        "FORBIDDEN",
        await podToken(cluster, pod("other", CONTROLLER), AUDIENCE),
      ],
      "bound to no pod": ["FORBIDDEN", (await cluster.kubectl(free)).stdout.trim()],
      "that is none": ["UNAUTHENTICATED", "eyJhbGciOiJub25lIn0.e30."],
    };
    const right = await podToken(cluster, pod("agent-2"), AUDIENCE);
    for (const [which, [code, token]] of Object.entries(tokens)) {
      await assert.rejects(authenticator.authenticate(token, signal), { code }, which);
      assert.equal((await authenticator.authenticate(right, signal)).node, NODE.name);
    }
  });
});
