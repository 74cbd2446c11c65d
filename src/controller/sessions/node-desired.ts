import type { Assign, Digest, Issuer, Lease, Peers, RegistryCredential } from "../../api/index.ts";

/** All that a node's agent should be told, however much of it it knows already. */
export type NodeDesired = {
  /** One for each key. */
  readonly assigns: readonly Assign[];
  /** Keys of assignments that stay as the agent has them, if it has them: of images that are not known for now. */
  readonly unchanged?: readonly string[];
  /** Of leases that stay as the agent has them, if it has them: of distributions that are not known for now. */
  readonly unchangedLeases?: readonly Digest[];
  /** One for each digest. */
  readonly leases: readonly Lease[];
  /** One for each host and repository. */
  readonly credentials: readonly RegistryCredential[];
  /** Announce URLs. */
  readonly trackers: readonly string[];
  /** Blobs that the agent has whole: what it was told of where to take them from may be forgotten, and need not be taken back. */
  readonly whole?: readonly Digest[];
  /** One for each digest, as of the issuers. */
  readonly peers: readonly Peers[];
  readonly issuers: readonly Issuer[];
};
