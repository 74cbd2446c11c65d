import type { ObjectDraft } from "../kube/api-client.ts";
import { isRecord, type KubeObject } from "../kube/kube-object.ts";

export const LEASES = { group: "coordination.k8s.io", version: "v1", plural: "leases" };

/** A holder that has not renewed for this long leads no more. */
export const LEASE_MS = 10_000;
/** A leader that could not renew for this long stops by itself, before others may begin. */
export const RENEW_DEADLINE_MS = 7_000;
export const RETRY_MS = 2_000;

export type Lease = {
  /** Empty where nobody holds it. */
  readonly holder: string;
  readonly durationMs: number;
  readonly transitions: number;
  readonly acquireTime: string | undefined;
  readonly resourceVersion: string;
};

const LONGEST_LEASE_S = 300;

export function parseLease({ metadata, ["spec"]: value }: KubeObject): Lease {
  const spec = isRecord(value) ? value : {};
  const { holderIdentity, leaseDurationSeconds, leaseTransitions, acquireTime } = spec;
  const seconds = typeof leaseDurationSeconds === "number" ? leaseDurationSeconds : 0;
  return {
    holder: typeof holderIdentity === "string" ? holderIdentity : "",
    durationMs: Math.min(LONGEST_LEASE_S, Math.max(0, seconds)) * 1_000,
    transitions: typeof leaseTransitions === "number" ? leaseTransitions : 0,
    acquireTime: typeof acquireTime === "string" ? acquireTime : undefined,
    resourceVersion: metadata.resourceVersion,
  };
}

/** What a candidate does about the lease. */
export type LeaseDecision = "create" | "take" | "renew" | "wait";

/**
 * Pure. Times in a lease are other clocks' and count for nothing: it is free when it has not changed for its duration
 * while this candidate looked on.
 * @param seenAt when the lease was first seen as it is, and now, in milliseconds of one clock.
 */
export function decideLease(
  lease: Lease | undefined,
  me: string,
  seenAt: number,
  now: number,
): LeaseDecision {
  if (lease === undefined) return "create";
  if (lease.holder === me) return "renew";
  if (lease.holder === "") return "take";
  return now - seenAt >= Math.max(lease.durationMs, LEASE_MS) ? "take" : "wait";
}

export type LeaseClaim = {
  readonly name: string;
  /** Empty to give it up. */
  readonly holder: string;
  /** The lease as it was read last; undefined where there is none. */
  readonly known: Lease | undefined;
  readonly now: Date;
};

export function leaseDraft({ name, holder, known, now }: LeaseClaim): ObjectDraft {
  // Kubernetes wants microseconds here.
  const time = now.toISOString().replace("Z", "000Z");
  const isNew = known?.holder !== holder && holder !== "";
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: {
      name,
      ...(known !== undefined && { resourceVersion: known.resourceVersion }),
    },
    spec: {
      holderIdentity: holder,
      // At least 1 is wanted, also of a lease that nobody holds.
      leaseDurationSeconds: holder === "" ? 1 : LEASE_MS / 1_000,
      acquireTime: isNew ? time : (known?.acquireTime ?? time),
      renewTime: time,
      leaseTransitions: (known?.transitions ?? 0) + (isNew && known !== undefined ? 1 : 0),
    },
  };
}
