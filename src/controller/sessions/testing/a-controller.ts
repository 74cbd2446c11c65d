import { type Log, silentLog, systemClock } from "../../../runtime/index.ts";
import { createAuthenticator } from "../../identity/authenticator.ts";
import type { AuthorityStore } from "../../identity/authorities.ts";
import { type Identity, openIdentity } from "../../identity/identity.ts";
import { aPod, aReview, ours } from "../../identity/testing/a-review.ts";
import { createMemoryAuthorityStore } from "../../identity/testing/memory-authority-store.ts";
import type { Leadership } from "../refusal.ts";
import { openSessionServer, type SessionServer } from "../session-server.ts";
import { createSessionRegistry, type SessionChange, type SessionRegistry } from "../sessions.ts";

export const CONTROLLER_NAME = "oci-torrent-controller.oci-torrent.svc";

export type AController = {
  readonly address: string;
  readonly identity: Identity;
  readonly sessions: SessionRegistry;
  readonly server: SessionServer;
  /** From now on. Whoever stops leading ends its sessions. */
  lead(leadership: Leadership): void;
  /** Resolves when this is next heard of the node. */
  heard(node: string, what: SessionChange): Promise<void>;
  close(): void;
};

export type AControllerOptions = {
  readonly store?: AuthorityStore;
  readonly host?: string;
  readonly log?: Log;
  readonly leadership?: Leadership;
};

/**
 * The session server of a controller in a cluster in which the token of a node's agent is `token-` and the node's name. It runs
 * as the real one does, but for the API server.
 */
export async function startController({
  store = createMemoryAuthorityStore(),
  host = "127.0.0.1",
  log = silentLog,
  leadership = { kind: "leading" },
}: AControllerOptions = {}): Promise<AController> {
  const { signal } = new AbortController();
  const identity = await openIdentity(
    {
      store,
      publish: async () => {},
      trustDomain: "cluster.local",
      dnsNames: [CONTROLLER_NAME],
      clock: systemClock,
      now: () => new Date(),
      log,
    },
    signal,
  );
  const authenticator = createAuthenticator({
    ours,
    clock: systemClock,
    reviewToken: async (token) =>
      token.startsWith("token-") ? aReview(token.slice(6)) : { authenticated: false },
    findPod: async (name) => aPod(name.slice("agent-".length), addressOf(name)),
  });
  const waiting = new Map<string, PromiseWithResolvers<void>>();
  const sessions = createSessionRegistry({
    clock: systemClock,
    bundle: identity.bundle(),
    onChange(node, what) {
      waiting.get(`${node} ${what}`)?.resolve();
      waiting.delete(`${node} ${what}`);
    },
  });
  let current = leadership;
  const server = await openSessionServer({
    listen: { host, port: 0 },
    pair: identity.pair(),
    leadership: () => current,
    authenticator,
    sign: async (member, csr) => ({ ...(await identity.sign(member, csr)), zone: "zone-a" }),
    sessions,
    clock: systemClock,
    log,
  });
  return {
    address: `${host}:${server.port}`,
    identity,
    sessions,
    server,
    lead(next) {
      current = next;
      if (next.kind === "following") server.stopLeading();
    },
    heard(node, what) {
      const next = waiting.get(`${node} ${what}`) ?? Promise.withResolvers<void>();
      waiting.set(`${node} ${what}`, next);
      return next.promise;
    },
    close: () => server.close(),
  };
}

/** 127.0.0.2 for node-2; 127.0.0.1 for a name without a number. */
const addressOf = (name: string): string => `127.0.0.${/-(\d+)$/.exec(name)?.[1] ?? 1}`;
