import type { Policy } from "./messages.ts";

const KIB = 1024;

/** What was measured to be best on links of 25 Mbit/s to 1 Gbit/s. */
export const defaultPolicy: Policy = {
  node: "",
  zone: "",
  windowPieces: 64,
  budgetMs: 100,
  linkMs: 20,
  blockBytes: 128 * KIB,
  foreignBlockBytes: 16 * KIB,
  degree: 15,
  maxDegree: 20,
  crossZone: 4,
  maxAccepted: 40,
  maxForeign: 10,
  foreignSlots: 4,
  deadlineMs: 2_000,
  noSourceMs: 2_000,
  endGamePieces: 16,
  endGameMs: 300,
  requestsPerLink: 32,
  haveEveryMs: 15,
  idleMs: 30_000,
  stallMs: 10_000,
  leaseMs: 10_000,
  leaseJitterMs: 0,
  listenMs: 0,
};
