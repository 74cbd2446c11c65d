import { createLeanSwarm, type LeanSwarm, type PeerTls } from "../../bt/index.ts";
import type { Log } from "../../runtime/index.ts";
import type { AgentConfig } from "../config/daemon-config.ts";
import type { Membership } from "../session/membership.ts";

/** This node's membership as it is now: it is renewed every few hours. */
export type CurrentMembership = {
  get(): Membership | undefined;
  set(membership: Membership): void;
  /** Resolves with the first. */
  first(signal: AbortSignal): Promise<Membership>;
  onRenewal(listener: () => void): void;
};

export function createCurrentMembership(): CurrentMembership {
  let current: Membership | undefined;
  const first = Promise.withResolvers<Membership>();
  const listeners: (() => void)[] = [];
  return {
    get: () => current,
    set(membership) {
      current = membership;
      first.resolve(membership);
      for (const listener of listeners) listener();
    },
    async first(signal) {
      signal.throwIfAborted();
      const { promise: aborted, reject } = Promise.withResolvers<never>();
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      aborted.catch(() => {});
      return await Promise.race([first.promise, aborted]);
    },
    onRenewal: (listener) => listeners.push(listener),
  };
}

/** A layer for which this node has a lease is taken from the registry when no peer has brought anything for so long. */
const FETCH_AFTER_MS = 500;

/** The engine among the cluster's members: nobody without a certificate of the cluster's authority is let in. */
export const openMemberSwarm = (
  { cluster, peerListen, bindAddress, rates }: AgentConfig,
  membership: CurrentMembership,
  first: Membership,
  log: Log,
): Promise<LeanSwarm> =>
  createLeanSwarm({
    listen: peerListen ?? { host: bindAddress ?? "0.0.0.0", port: 0 },
    rates,
    fleetId: first.trustDomain,
    node: cluster.nodeName,
    zone: first.zone,
    tls: memberTls(membership, first),
    fallbackAfterMs: FETCH_AFTER_MS,
    log: ({ event, ...fields }) => log.debug(event, fields),
  });

const memberTls = (membership: CurrentMembership, first: Membership): PeerTls => {
  const now = () => membership.get() ?? first;
  return {
    get cert() {
      return now().certificate;
    },
    get key() {
      return now().key;
    },
    get ca() {
      return now().bundle;
    },
    onRenewal: membership.onRenewal,
  };
};
