import type { AgentPods } from "../token-review.ts";

export const ours: AgentPods = { namespace: "oci-torrent", serviceAccount: "oci-torrent-agent" };

/** What the API server says of the token of a node's agent. */
export const aReview = (node: string, changes: Readonly<Record<string, unknown>> = {}) => ({
  authenticated: true,
  audiences: ["oci-torrent"],
  user: {
    username: "system:serviceaccount:oci-torrent:oci-torrent-agent",
    extra: {
      "authentication.kubernetes.io/node-name": [node],
      "authentication.kubernetes.io/pod-name": [`agent-${node}`],
      "authentication.kubernetes.io/pod-uid": [`uid-${node}`],
    },
  },
  ...changes,
});

/** The pod of a node's agent. */
export const aPod = (node: string, address = "10.0.0.1") => ({
  metadata: { name: `agent-${node}`, namespace: "oci-torrent", uid: `uid-${node}` },
  spec: { serviceAccountName: "oci-torrent-agent", nodeName: node },
  status: { phase: "Running", podIPs: [{ ip: address }], hostIPs: [{ ip: address }] },
});
