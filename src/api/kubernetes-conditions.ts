// The one-word reasons that people and programs see in status. All are listed here, so that none has two spellings.

/** Why an image could not be resolved. */
export const RESOLUTION_FAILURES = [
  "Unauthorized",
  "NotFound",
  "PlatformMissing",
  "RegistryUnavailable",
  "TLSVerifyFailed",
  "SecretNotFound",
  "SecretForbidden",
  "RegistryForbidden",
  "TooLarge",
  "ForeignLayer",
] as const;
export type ResolutionFailure = (typeof RESOLUTION_FAILURES)[number];

/** Why nobody fetches from the registry for the others. */
export const SEEDING_FAILURES = [
  "NoEligibleSeeder",
  "SeederLost",
  "SeederFlapping",
  "NoSource",
  "BudgetExhausted",
] as const;
export type SeedingFailure = (typeof SEEDING_FAILURES)[number];

/** Why a node waits. */
export const WAITING_REASONS = [
  "AgentNotReady",
  "NodeNotReady",
  "InsufficientDisk",
  "RolloutLimit",
  "NoSource",
  "RuntimeNotConfigured",
  "RuntimeNotReady",
  "StoreOnly",
  "NodeSetFull",
] as const;
export type WaitingReason = (typeof WAITING_REASONS)[number];

/** What only a change by somebody can help, besides failures above: it stands in Ready and Stalled alike. */
const OTHER_CAUSES = ["InvalidSpec", "RuntimeNotConfigured"] as const;

/** Types of conditions of an ImageDistribution, each with the reasons that it can have. */
export const DISTRIBUTION_CONDITIONS = {
  Resolved: ["Resolved", "Resolving", "InvalidSpec", ...RESOLUTION_FAILURES],
  Seeded: ["Seeded", "SingleNode", "CrossZone", "Electing", "Seeding", ...SEEDING_FAILURES],
  Ready: [
    "Complete",
    "Pending",
    "Resolving",
    "Seeding",
    "Distributing",
    "Loading",
    "Degraded",
    "Failed",
    "NoNodesMatch",
    "Suspended",
    ...OTHER_CAUSES,
    ...RESOLUTION_FAILURES,
    ...SEEDING_FAILURES,
  ],
  /** True only while working. */
  Reconciling: ["Resolving", "Electing", "Seeding", "Distributing", "Loading", "Idle"],
  /** True only when waiting alone cannot help. */
  Stalled: ["Failed", "NotStalled", ...OTHER_CAUSES, ...RESOLUTION_FAILURES, ...SEEDING_FAILURES],
  /** True while some nodes fail, and fewer than rollout.failureThreshold allows. */
  Degraded: ["NodesFailing"],
  /** True when pods of every namespace can use an image that needed a credential. */
  NodeWideReadable: ["CredentialedImageLoaded"],
  /** True when a refresh found that the tag names something else than before. */
  TagMoved: ["DigestChanged"],
} as const;
export type DistributionConditionType = keyof typeof DISTRIBUTION_CONDITIONS;
export type ConditionReason<Type extends DistributionConditionType> =
  (typeof DISTRIBUTION_CONDITIONS)[Type][number];

/** Types of conditions of a NodeImageSet, each with the reasons that it can have. */
export const NODE_CONDITIONS = {
  AgentReady: ["Running", "Stopped"],
  RegistryReachable: ["Reachable", "Unreachable", "NotChecked"],
  DiskPressure: ["EnoughFree", "InsufficientDisk"],
  /** Only where the agent has a runtime helper. */
  RuntimeReady: ["Ready", "NotTried", "SocketMissing", "LoadProbeFailed"],
} as const;
export type NodeConditionType = keyof typeof NODE_CONDITIONS;
export type NodeConditionReason<Type extends NodeConditionType> =
  (typeof NODE_CONDITIONS)[Type][number];
