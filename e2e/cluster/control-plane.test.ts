import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { SESSION_AUDIENCE, TOKEN_EXTRA } from "../../src/api/index.ts";
import { CONSENT_NAMESPACE } from "../../tools/given-cluster.ts";
import { suite } from "../support/at-end.ts";
import { lacking, program } from "../support/programs.ts";
import { aCluster, anOwnCluster, type Cluster, type OwnCluster } from "./cluster.ts";
import { makeNode, makePod, type NodeSpec, type PodSpec, podToken } from "./nodes.ts";
import { lackingCluster } from "./programs.ts";
import { until } from "./until.ts";

const SOON_MS = 30_000;

const NODE_A: NodeSpec = { name: "node-a", address: "127.0.0.2" };
const NODE_B: NodeSpec = { name: "node-b", address: "127.0.0.3" };

const DISTRIBUTION = JSON.stringify({
  apiVersion: "oci-torrent.io/v1alpha1",
  kind: "ImageDistribution",
  metadata: { name: "app" },
  spec: { image: "busybox" },
});

/** Refuses config maps with a key "forbidden". */
const POLICY = [
  {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: "test" },
    spec: {
      failurePolicy: "Fail",
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: [""],
            apiVersions: ["v1"],
            operations: ["CREATE"],
            resources: ["configmaps"],
          },
        ],
      },
      validations: [
        {
          expression: "!has(object.data) || !('forbidden' in object.data)",
          message: "not that key",
        },
      ],
    },
  },
  {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: "test" },
    spec: { policyName: "test", validationActions: ["Deny"] },
  },
];

const watchFromStart = (kind: string) =>
  `/apis/oci-torrent.io/v1alpha1/${kind}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1`;

async function apply(cluster: Cluster, object: object): Promise<void> {
  await cluster.kubectl(["apply", "-f", "-"], { input: JSON.stringify(object) });
}

describe("the control plane", { skip: lackingCluster() }, () => {
  const scope = suite();
  let cluster: OwnCluster;
  before(async () => {
    cluster = await anOwnCluster(scope);
    for (const node of [NODE_A, NODE_B]) await makeNode(cluster, node);
  });

  const kubectl = (...args: readonly string[]) => cluster.kubectl(args, { codes: "any" });
  const may = async (who: string, ...what: readonly string[]) =>
    (await kubectl("auth", "can-i", ...what, `--as=${who}`)).stdout.trim();

  async function onNode(node: NodeSpec, name: string): Promise<PodSpec> {
    const pod = { name, namespace: "default", serviceAccount: "default", node };
    await makePod(cluster, pod);
    return pod;
  }

  it("gives nobody more than RBAC says", async () => {
    const who = "system:serviceaccount:default:default";
    assert.equal(await may(who, "list", "nodes"), "no");
    const role = ["--clusterrole=system:node-proxier", "--serviceaccount=default:default"];
    await kubectl("create", "clusterrolebinding", "test", ...role);
    await until("RBAC knows the binding", SOON_MS, async () =>
      (await may(who, "list", "nodes")) === "yes" ? true : undefined,
    );
  });

  it("lets a node read the secrets of its own pods only", async () => {
    await kubectl("create", "secret", "generic", "wanted", "--from-literal=a=b");
    await apply(cluster, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "with-secret", namespace: "default" },
      spec: {
        nodeName: NODE_A.name,
        containers: [{ name: "a", image: "a" }],
        volumes: [{ name: "v", secret: { secretName: "wanted" } }],
      },
    });
    const read = (node: string) =>
      kubectl("get", "secret", "wanted", `--as=system:node:${node}`, "--as-group=system:nodes");
    await until("node-a may read it", SOON_MS, async () =>
      (await read("node-a")).code === 0 ? true : undefined,
    );
    assert.match((await read("node-b")).stderr, /no relationship found between node 'node-b'/);
  });

  it("binds tokens to a pod, the node that it runs on, and an audience", async () => {
    const pod = await onNode(NODE_B, "bound");
    const token = await podToken(cluster, pod, SESSION_AUDIENCE);
    const review = async (audience: string) => {
      const object = {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenReview",
        spec: { token, audiences: [audience] },
      };
      const input = JSON.stringify(object);
      const { stdout } = await cluster.kubectl(["create", "-f", "-", "-o", "json"], { input });
      return JSON.parse(stdout).status;
    };
    const { authenticated, user } = await review(SESSION_AUDIENCE);
    assert.equal(authenticated, true);
    assert.deepEqual(user.extra[TOKEN_EXTRA.nodeName], ["node-b"]);
    assert.deepEqual(user.extra[TOKEN_EXTRA.podName], ["bound"]);
    assert.equal((await review("another")).authenticated, undefined);
  });

  it("heeds ValidatingAdmissionPolicies", async () => {
    for (const object of POLICY) await apply(cluster, object);
    const create = (name: string, key: string) =>
      kubectl("create", "configmap", name, `--from-literal=${key}=1`, "--dry-run=server");
    const refusal = await until("the policy is heeded", SOON_MS, async () => {
      const { code, stderr } = await create("a", "forbidden");
      return code === 0 ? undefined : stderr;
    });
    assert.match(refusal, /ValidatingAdmissionPolicy 'test'.*not that key/);
    assert.equal((await create("a", "allowed")).code, 0);
  });

  it("runs the controllers that need no kubelet, and no other", () => {
    const log = cluster.controlPlane.controllerManager.process().stderr();
    const started = [...log.matchAll(/"Started controller" controller="([^"]+)"/g)];
    assert.deepEqual(started.map(([, name]) => name).sort(), [
      "clusterrole-aggregation-controller",
      "garbage-collector-controller",
      "namespace-controller",
      "root-ca-certificate-publisher-controller",
      "serviceaccount-controller",
      "serviceaccount-token-controller",
      "validatingadmissionpolicy-status-controller",
    ]);
  });

  it("removes a namespace with what is in it", async () => {
    await kubectl("create", "namespace", "short");
    await cluster.kubectl(["create", "-n", "short", "-f", "-"], { input: DISTRIBUTION });
    await cluster.kubectl(["delete", "namespace", "short", "--timeout=30s"]);
    assert.match((await kubectl("get", "namespace", "short")).stderr, /NotFound/);
  });

  it("removes a NodeImageSet with its node", async () => {
    await makeNode(cluster, { name: "node-c", address: "127.0.0.4" });
    const { stdout: uid } = await kubectl(
      "get",
      "node",
      "node-c",
      "-o",
      "jsonpath={.metadata.uid}",
    );
    await apply(cluster, {
      apiVersion: "oci-torrent.io/v1alpha1",
      kind: "NodeImageSet",
      metadata: {
        name: "node-c",
        ownerReferences: [{ apiVersion: "v1", kind: "Node", name: "node-c", uid }],
      },
      spec: { images: [] },
    });
    assert.equal((await kubectl("get", "nis", "node-c")).code, 0);
    await kubectl("delete", "node", "node-c");
    await cluster.kubectl(["wait", "nis/node-c", "--for=delete", "--timeout=50s"]);
    assert.match((await kubectl("get", "nis", "node-c")).stderr, /NotFound/);
  });

  it("sends a watch what there is, when asked to", async () => {
    const { stdout } = await kubectl("get", "--raw", watchFromStart("imagedistributions"));
    assert.match(stdout, /"k8s\.io\/initial-events-end":"true"/);
  });

  it("is used with KUBECONFIG once a namespace there says that it may be", async (context) => {
    const { kubeconfig } = cluster;
    await assert.rejects(
      aCluster(context, kubeconfig),
      /has no namespace oci-torrent-e2e: make it/,
    );
    await kubectl("create", "namespace", CONSENT_NAMESPACE);
    const same = await aCluster(context, kubeconfig);
    assert.match((await same.kubectl(["get", "node", "node-a"])).stdout, /^node-a /m);
  });

  it("keeps its objects and its address when the API server is killed", async () => {
    const { apiServer } = cluster.controlPlane;
    await cluster.kubectl(["create", "-f", "-"], { input: DISTRIBUTION });
    await apiServer.kill();
    assert.match((await kubectl("get", "imgdist")).stderr, /refused/);
    await apiServer.restart();
    assert.match((await kubectl("get", "imgdist")).stdout, /^app /m);
  });
});

describe("the control plane on Debian's etcd", {
  skip: lackingCluster() || lacking("etcd"),
}, () => {
  it("does not send a watch what there is, and says so in the watch", async (context) => {
    const cluster = await anOwnCluster(context, { etcd: program("etcd") });
    await cluster.kubectl(["create", "-f", "-"], { input: DISTRIBUTION });
    const get = async (path: string) => (await cluster.kubectl(["get", "--raw", path])).stdout;
    const refused = JSON.parse(await get(watchFromStart("imagedistributions")));
    assert.equal(refused.type, "ERROR");
    assert.match(refused.object.message, /RequestWatchProgress is disabled/);

    const usual = "/apis/oci-torrent.io/v1alpha1/imagedistributions?watch=true&timeoutSeconds=1";
    assert.equal(JSON.parse(await get(usual)).type, "ADDED");
  });
});
