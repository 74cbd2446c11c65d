import type { SessionFacts } from "../sessions/session-facts.ts";

const GIB = 2 ** 30;

/** What is known of an agent that has just come, and has nothing yet. */
export const aSession = (node: string, fields: Partial<SessionFacts> = {}): SessionFacts => ({
  node,
  podUid: `pod of ${node}`,
  version: "1.0.0",
  epoch: 1,
  addresses: ["10.0.0.1"],
  peerPort: 6880,
  grpcPort: 6884,
  store: { capacityBytes: 100 * GIB, usedBytes: 0, freeBytes: 90 * GIB, reservedBytes: 0 },
  sinceMs: 0,
  lastSeenMs: 0,
  held: new Map(),
  progress: new Map(),
  coverage: new Map(),
  leaseReports: new Map(),
  registryChecks: new Map(),
  ...fields,
});
