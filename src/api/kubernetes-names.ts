// What our objects, and those that we make or read, are called in a cluster.

export const API_GROUP = "oci-torrent.io";
export const API_VERSION = "oci-torrent.io/v1alpha1";

/** Names of our kinds in paths of the API: /apis/GROUP/v1alpha1/.../PLURAL. */
export const PLURALS = {
  ImageDistribution: "imagedistributions",
  NodeImageSet: "nodeimagesets",
} as const;

/** A new value of this annotation of an ImageDistribution has its image looked up again. */
export const REFRESH_ANNOTATION = "oci-torrent.io/refresh";

/** Longest value of it that is heeded, in characters. */
export const LONGEST_REFRESH = 256;

/** Field managers of what we write. */
export const FIELD_MANAGERS = {
  controller: "oci-torrent-controller",
  agent: "oci-torrent-agent",
} as const;

/** The Lease in the controller's namespace; who holds it writes its pod_ip:port into holderIdentity. */
export const LEADER_LEASE = "oci-torrent-controller";

/** The headless Service of the controller's replicas, also the name in their certificates. */
export const CONTROLLER_SERVICE = "oci-torrent-controller";

/** Whom the agents' tokens for the session are meant for. */
export const SESSION_AUDIENCE = "oci-torrent";

/** gRPC trailer with which a follower names the leader: ip:port. */
export const LEADER_TRAILER = "oci-torrent-leader";

/** In the controller's namespace: Secret with the key of the fleet's CA, and ConfigMap with its certificates. */
export const CA_SECRET = "oci-torrent-ca";
export const CA_BUNDLE_CONFIG_MAP = "oci-torrent-ca-bundle";

/** Extra fields of a user who came with a token bound to a pod: who it is, and where it runs. */
export const TOKEN_EXTRA = {
  nodeName: "authentication.kubernetes.io/node-name",
  podName: "authentication.kubernetes.io/pod-name",
  podUid: "authentication.kubernetes.io/pod-uid",
} as const;

/** Taints with this prefix tell of a node's life cycle, and keep no node from being a target. */
export const LIFECYCLE_TAINT_PREFIX = "node.kubernetes.io/";
