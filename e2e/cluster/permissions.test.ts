// Who may do what once deploy/manifests is applied.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { suite } from "../support/at-end.ts";
import type { Finished } from "../support/processes.ts";
import { aClient, type Client } from "./client.ts";
import { anOwnCluster, type OwnCluster } from "./cluster.ts";
import { AGENT, applyManifests, CONTROLLER, NAMESPACE, userOf } from "./manifests.ts";
import { makeNode, makePod, type NodeSpec, type PodSpec, podToken } from "./nodes.ts";
import { lackingCluster } from "./programs.ts";
import { until } from "./until.ts";

const SOON_MS = 30_000;
const TEAM = "team";

const NODE_A: NodeSpec = { name: "node-a", address: "127.0.0.2" };
const NODE_B: NodeSpec = { name: "node-b", address: "127.0.0.3" };

const nodeSet = (name: string) => ({
  apiVersion: "oci-torrent.io/v1alpha1",
  kind: "NodeImageSet",
  metadata: { name },
  spec: { images: [] },
});

const distribution = (name: string) => ({
  apiVersion: "oci-torrent.io/v1alpha1",
  kind: "ImageDistribution",
  metadata: { name },
  spec: { image: "busybox" },
});

const WANTED = {
  key: `${TEAM}/app/0-1`,
  image: "busybox",
  digest: `sha256:${"a".repeat(64)}`,
  platform: "linux/amd64",
  role: "Seeder",
  load: "Never",
  pin: "Never",
  priority: 0,
  revision: "1",
};

const REPORT = { status: { observedGeneration: 7 } };
const NEW_SPEC = { spec: { images: [WANTED] } };
const PRIORITY = { spec: { priority: 1 } };
const LABEL = { metadata: { labels: { a: "b" } } };

type Rule = {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
};

/** `group/resource (names): verbs`, a line for each resource, sorted. */
function asLines(rules: readonly Rule[]): string[] {
  const lines = rules.flatMap(({ verbs, apiGroups, resources, resourceNames = [] }) =>
    apiGroups.flatMap((group) =>
      resources.map((resource) => {
        const names = resourceNames.length === 0 ? "" : ` (${resourceNames.join(" ")})`;
        return `${group === "" ? "" : `${group}/`}${resource}${names}: ${verbs.join(" ")}`;
      }),
    ),
  );
  return [...new Set(lines)].sort();
}

const EVERYWHERE = {
  [CONTROLLER]: [
    "authentication.k8s.io/tokenreviews: create",
    "events.k8s.io/events: create patch",
    "nodes: get list watch",
    "oci-torrent.io/imagedistributions/status: patch",
    "oci-torrent.io/imagedistributions: get list watch",
    "oci-torrent.io/nodeimagesets: get list watch create update patch delete",
  ],
  [AGENT]: [
    "oci-torrent.io/nodeimagesets/status: patch",
    "oci-torrent.io/nodeimagesets: get list watch",
  ],
};

/** What the controller has in its own namespace besides. */
const AT_HOME = [
  "configmaps (oci-torrent-ca-bundle): get update patch",
  "configmaps: create",
  "coordination.k8s.io/leases (oci-torrent-controller): get update",
  "coordination.k8s.io/leases: create",
  "pods: get list watch",
  "secrets (oci-torrent-ca): get update",
  "secrets: create",
];

const PULL_SECRETS = ["secrets: get", "serviceaccounts: get"];

describe("permissions", { skip: lackingCluster() }, () => {
  const scope = suite();
  let cluster: OwnCluster;
  before(async () => {
    cluster = await anOwnCluster(scope);
    await applyManifests(cluster);
    for (const node of [NODE_A, NODE_B]) {
      await makeNode(cluster, node);
      await create(nodeSet(node.name));
    }
    await cluster.kubectl(["create", "namespace", TEAM]);
    await create(distribution("app"), TEAM);
    for (const namespace of [TEAM, NAMESPACE]) {
      await kubectl("create", "secret", "generic", "other", "-n", namespace);
    }
    await kubectl("create", "secret", "generic", "oci-torrent-ca", "-n", NAMESPACE);
  });

  const kubectl = (...args: readonly string[]) => cluster.kubectl(args, { codes: "any" });
  const as = (user: string, ...args: readonly string[]) => kubectl(...args, `--as=${user}`);

  async function create(object: object, namespace = "default"): Promise<void> {
    const args = ["create", "-n", namespace, "-f", "-"];
    await cluster.kubectl(args, { input: JSON.stringify(object) });
  }

  /** All that RBAC lets somebody do in a namespace. */
  async function rights(user: string, namespace: string): Promise<string[]> {
    const question = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectRulesReview",
      spec: { namespace },
    };
    // To check the question against its schema kubectl would ask for more than they may see.
    const args = ["create", "--validate=false", "-f", "-", "-o", "json", `--as=${user}`];
    const { stdout } = await cluster.kubectl(args, { input: JSON.stringify(question) });
    return asLines(JSON.parse(stdout).status.resourceRules);
  }

  /** The same, less what everybody may. */
  async function ownRights(serviceAccount: string, namespace: string): Promise<string[]> {
    const common = new Set(await rights(userOf("nobody"), namespace));
    const all = await rights(userOf(serviceAccount), namespace);
    return all.filter((line) => !common.has(line));
  }

  /** The agent in a pod on the node, by the token that its kubelet would give it. */
  async function agentOn(node: NodeSpec, name: string): Promise<Client> {
    const pod: PodSpec = { name, namespace: NAMESPACE, serviceAccount: AGENT, node };
    await makePod(cluster, pod);
    return aClient(scope, cluster, await podToken(cluster, pod));
  }

  /** Somebody with a token that is bound to nothing. */
  async function holder(serviceAccount: string): Promise<Client> {
    const { stdout } = await kubectl("create", "token", serviceAccount, "-n", NAMESPACE);
    return aClient(scope, cluster, stdout.trim());
  }

  type Answer = Finished | Awaited<ReturnType<Client["patch"]>>;
  const told = (answer: Answer) => ("body" in answer ? answer.body : answer.stderr);
  const wasDone = (answer: Answer) => ("body" in answer ? answer.status < 300 : answer.code === 0);

  const assertAllowed = (answer: Answer) => assert.ok(wasDone(answer), told(answer));

  function assertForbidden(answer: Answer, says: RegExp): void {
    assert.ok(!wasDone(answer), "it was allowed");
    assert.match(told(answer), /forbidden/i);
    assert.match(told(answer), says);
  }

  const rbac = (verb: string, resource: string) =>
    new RegExp(`cannot ${verb} resource \\\\?"${resource}\\\\?"`);

  const untilAllowed = (ask: () => Promise<Answer>) =>
    until("RBAC knows the binding", SOON_MS, async () => (wasDone(await ask()) ? true : undefined));

  describe("of the controller", () => {
    it("are these everywhere, and no more", async () => {
      assert.deepEqual(await ownRights(CONTROLLER, TEAM), EVERYWHERE[CONTROLLER]);
    });

    it("are these in its own namespace besides, and no more", async () => {
      const expected = [...EVERYWHERE[CONTROLLER], ...AT_HOME].sort();
      assert.deepEqual(await ownRights(CONTROLLER, NAMESPACE), expected);
    });

    it("let it write a distribution's status, not its spec", async () => {
      const { patch } = await holder(CONTROLLER);
      const app = `namespaces/${TEAM}/imagedistributions/app`;
      assertAllowed(await patch(`${app}/status`, REPORT));
      assertForbidden(await patch(app, PRIORITY), rbac("patch", "imagedistributions"));
    });

    it("let it write what a node should hold, not what the node says", async () => {
      const { patch, kubectl } = await holder(CONTROLLER);
      assertAllowed(await patch("nodeimagesets/node-a", NEW_SPEC));
      assertForbidden(
        await patch("nodeimagesets/node-a/status", REPORT),
        rbac("patch", "nodeimagesets/status"),
      );
      const all = "/apis/oci-torrent.io/v1alpha1/nodeimagesets";
      assertForbidden(
        await kubectl("delete", "--raw", all),
        rbac("deletecollection", "nodeimagesets"),
      );
      await makeNode(cluster, { name: "node-c", address: "127.0.0.4" });
      await create(nodeSet("node-c"));
      assertAllowed(await kubectl("delete", "nis", "node-c"));
    });

    it("let it see nodes, not change them", async () => {
      const { kubectl } = await holder(CONTROLLER);
      assertAllowed(await kubectl("get", "nodes"));
      assertForbidden(await kubectl("label", "node", "node-a", "a=b"), rbac("patch", "nodes"));
    });

    it("let it read the secret of its authority, no other, and list none", async () => {
      const { kubectl } = await holder(CONTROLLER);
      const get = (...what: readonly string[]) => kubectl("get", "secret", ...what);
      assertAllowed(await get("oci-torrent-ca", "-n", NAMESPACE));
      assertForbidden(await get("other", "-n", NAMESPACE), rbac("get", "secrets"));
      assertForbidden(await get("-n", NAMESPACE), rbac("list", "secrets"));
      assertForbidden(await get("--all-namespaces"), rbac("list", "secrets"));
    });

    it("let it read secrets by name in a namespace where that was bound, and list none there", async () => {
      const controller = await holder(CONTROLLER);
      const get = (...what: readonly string[]) => controller.kubectl("get", ...what, "-n", TEAM);
      assertForbidden(await get("secret", "other"), rbac("get", "secrets"));
      await kubectl(
        ...["create", "rolebinding", "oci-torrent-pull-secrets", "-n", TEAM],
        ...["--clusterrole=oci-torrent-pull-secrets"],
        `--serviceaccount=${NAMESPACE}:${CONTROLLER}`,
      );
      await untilAllowed(() => get("secret", "other"));
      assertAllowed(await get("serviceaccount", "default"));
      assertForbidden(await get("secrets"), rbac("list", "secrets"));
      const expected = [...EVERYWHERE[CONTROLLER], ...PULL_SECRETS].sort();
      assert.deepEqual(await ownRights(CONTROLLER, TEAM), expected);
    });
  });

  describe("of an agent", () => {
    const own = "nodeimagesets/node-a";

    it("are these, wherever it is, and no more", async () => {
      for (const namespace of [NAMESPACE, TEAM]) {
        assert.deepEqual(await ownRights(AGENT, namespace), EVERYWHERE[AGENT]);
      }
    });

    it("let it report for its own node, not for another", async () => {
      const { patch } = await agentOn(NODE_A, "reporter");
      const reportForOther = () => patch("nodeimagesets/node-b/status", REPORT);
      await until("the policy is heeded", SOON_MS, async () =>
        wasDone(await reportForOther()) ? undefined : true,
      );
      assertAllowed(await patch(`${own}/status`, REPORT));
      assertForbidden(
        await reportForOther(),
        /the agent on node node-a may write the NodeImageSet of its own node only, not that of node-b/,
      );
    });

    it("let it read what nodes should hold, and no secret, node or pod", async () => {
      const { kubectl } = await agentOn(NODE_A, "reader");
      assertAllowed(await kubectl("get", "nis"));
      for (const kind of ["secrets", "nodes", "pods", "imagedistributions", "configmaps"]) {
        assertForbidden(await kubectl("get", kind, "-n", NAMESPACE), rbac("list", kind));
      }
      const secret = ["get", "secret", "oci-torrent-ca", "-n", NAMESPACE];
      assertForbidden(await kubectl(...secret), rbac("get", "secrets"));
    });

    it("do not let it say what a node should hold, or make or remove that", async () => {
      const { patch, kubectl } = await agentOn(NODE_A, "writer");
      assertAllowed(await patch(`${own}/status`, REPORT));
      assertForbidden(await patch(own, NEW_SPEC), rbac("patch", "nodeimagesets"));
      assertForbidden(await kubectl("delete", "nis", "node-a"), rbac("delete", "nodeimagesets"));
      const secret = ["create", "secret", "generic", "mine", "-n", NAMESPACE];
      assertForbidden(await kubectl(...secret), rbac("create", "secrets"));
    });

    it("end at its own node's status even if somebody gives it more", async (context) => {
      const { patch, kubectl: agent } = await agentOn(NODE_A, "overpowered");
      const role = ["--clusterrole=cluster-admin", `--serviceaccount=${NAMESPACE}:${AGENT}`];
      await kubectl("create", "clusterrolebinding", "too-much", ...role);
      context.after(() => kubectl("delete", "clusterrolebinding", "too-much"));
      await untilAllowed(() => agent("get", "nodes"));
      assertAllowed(await patch(own, LABEL));
      assertForbidden(
        await patch(own, { spec: { images: [{ ...WANTED, priority: 9 }] } }),
        /an agent may write the status of a NodeImageSet only/,
      );
      assertForbidden(
        await patch("nodeimagesets/node-b", LABEL),
        /the agent on node node-a may write the NodeImageSet of its own node only/,
      );
    });

    it("need a token that names a node", async () => {
      const bound = await agentOn(NODE_A, "bound");
      assertAllowed(await bound.patch(`${own}/status`, REPORT));
      const unbound = await holder(AGENT);
      assertForbidden(
        await unbound.patch(`${own}/status`, REPORT),
        /an agent writes with a token that is bound to its pod, and this one names no node/,
      );
    });
  });

  describe("of users", () => {
    const get = ["get", "imagedistributions", "-n"];

    it("with the role view have them read distributions, not write them", async () => {
      const binding = ["create", "rolebinding", "ada", "-n", TEAM];
      await kubectl(...binding, "--clusterrole=view", "--user=ada");
      await untilAllowed(() => as("ada", ...get, TEAM));
      assertForbidden(
        await as("ada", "delete", "imgdist", "app", "-n", TEAM),
        rbac("delete", "imagedistributions"),
      );
      assertForbidden(await as("ada", ...get, "default"), rbac("list", "imagedistributions"));
    });

    it("with our role edit have them write distributions of a namespace, not their status", async () => {
      const binding = ["create", "rolebinding", "bob", "-n", TEAM];
      await kubectl(...binding, "--clusterrole=oci-torrent-edit", "--user=bob");
      const change = ["--type=merge", "-p", JSON.stringify(PRIORITY)];
      await untilAllowed(() => as("bob", "patch", "imgdist", "app", ...change, "-n", TEAM));
      assert.deepEqual(
        (await rights("bob", TEAM)).filter((line) => line.startsWith("oci-torrent.io/")),
        [
          "oci-torrent.io/imagedistributions: get list watch create update patch delete deletecollection",
        ],
      );
      assertForbidden(await as("bob", ...get, "default"), rbac("list", "imagedistributions"));
    });
  });

  it("name no wildcard in any role", async () => {
    const { stdout } = await kubectl(
      ...["get", "clusterroles,roles", "-A", "-o", "json"],
      ...["-l", "app.kubernetes.io/part-of=oci-torrent"],
    );
    const roles = JSON.parse(stdout).items as { metadata: { name: string }; rules: Rule[] }[];
    assert.deepEqual(roles.map(({ metadata }) => metadata.name).sort(), [
      "oci-torrent-agent",
      "oci-torrent-controller",
      "oci-torrent-controller",
      "oci-torrent-edit",
      "oci-torrent-pull-secrets",
      "oci-torrent-view",
    ]);
    assert.doesNotMatch(JSON.stringify(roles.map(({ rules }) => rules)), /\*/);
  });
});
