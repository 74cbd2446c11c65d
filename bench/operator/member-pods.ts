// Nodes and the pods of their agents, as e2e/cluster/nodes.ts makes a few of them with kubectl; here there may be a thousand.
import { AGENT, NAMESPACE } from "../../e2e/cluster/manifests.ts";
import type { ApiAdministrator } from "./api-administrator.ts";
import { inParallel } from "./in-parallel.ts";

/** An agent's pod, and the tokens that a kubelet would project into it. */
export type MemberPod = {
  readonly node: string;
  readonly address: string;
  readonly uid: string;
  /** For the controller. */
  readonly sessionToken: string;
  /** For the API server. */
  readonly apiToken: string;
};

/** Nodes of one group have it as the value of this label. */
export const GROUP_LABEL = "bench.oci-torrent.io/group";

const ZONES = ["a", "b", "c"];
const WIDTH = 16;
const SESSION_AUDIENCE = "oci-torrent";

/** Makes `count` nodes, in three zones and `groups` groups of one size each, and on each the agent's pod with its tokens. */
export const makeMemberPods = (
  api: ApiAdministrator,
  count: number,
  groups: number,
): Promise<readonly MemberPod[]> =>
  inParallel(Array.from({ length: count }), WIDTH, async (_, index) => {
    const node = `node-${index}`;
    const address = `10.64.${index >> 8}.${index & 255}`;
    const labels = {
      "kubernetes.io/os": "linux",
      "topology.kubernetes.io/zone": ZONES[index % ZONES.length],
      [GROUP_LABEL]: `${index % groups}`,
    };
    await makeNode(api, node, address, labels);
    return await makePod(api, node, address);
  });

async function makeNode(api: ApiAdministrator, name: string, address: string, labels: object) {
  const ready = { type: "Ready", status: "True", reason: "Bench", message: "made by a bench" };
  await api.ask("POST", "/api/v1/nodes", {
    ...{ apiVersion: "v1", kind: "Node", metadata: { name, labels } },
    status: {
      addresses: [{ type: "InternalIP", address }],
      conditions: [ready],
      nodeInfo: { operatingSystem: "linux", architecture: "amd64" },
    },
  });
  // The server marks a new node as not ready, and leaves it to others to take that back.
  await api.ask("PATCH", `/api/v1/nodes/${name}`, { spec: { taints: null } });
}

async function makePod(api: ApiAdministrator, node: string, address: string): Promise<MemberPod> {
  const pods = `/api/v1/namespaces/${NAMESPACE}/pods`;
  const name = `agent-${node}`;
  const made = await api.ask("POST", pods, {
    ...{ apiVersion: "v1", kind: "Pod", metadata: { name } },
    spec: {
      ...{ nodeName: node, hostNetwork: true, serviceAccountName: AGENT },
      automountServiceAccountToken: false,
      containers: [{ name: "agent", image: "agent" }],
    },
  });
  const ips = [{ ip: address }];
  const ready = { type: "Ready", status: "True" };
  await api.ask("PATCH", `${pods}/${name}/status`, {
    status: {
      ...{ phase: "Running", hostIP: address, podIP: address, hostIPs: ips, podIPs: ips },
      conditions: [ready],
    },
  });
  const { uid } = (JSON.parse(made) as { metadata: { uid: string } }).metadata;
  const bound = { kind: "Pod", apiVersion: "v1", name, uid };
  const [sessionToken, apiToken] = [
    await askToken(api, bound, [SESSION_AUDIENCE]),
    await askToken(api, bound, []),
  ];
  return { node, address, uid, sessionToken, apiToken };
}

/** For the API server where no audience is named. */
async function askToken(
  api: ApiAdministrator,
  boundObjectRef: object,
  audiences: readonly string[],
): Promise<string> {
  const path = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/${AGENT}/token`;
  const answer = await api.ask("POST", path, {
    ...{ apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest" },
    spec: { audiences, boundObjectRef, expirationSeconds: 3_600 * 4 },
  });
  return (JSON.parse(answer) as { status: { token: string } }).status.token;
}
