import { isIPv6 } from "node:net";
import { KubeConfig } from "@kubernetes/client-node";
import type { Registry as MetricsRegister } from "prom-client";
import { CONTROLLER_SERVICE, hostAndPort } from "../api/index.ts";
import { createTracker, type Tracker } from "../bt/index.ts";
import { createRegistryClient, type RegistryClient } from "../oci/index.ts";
import {
  type Component,
  createMetricsRegistry,
  type Log,
  openMetricsServer,
  runAll,
  systemClock,
} from "../runtime/index.ts";
import type { ControllerConfig } from "./config/parse.ts";
import { type Identity, openIdentity } from "./identity/identity.ts";
import { createKubeAuthenticator } from "./identity/kube-authenticator.ts";
import { createKubeAuthorityStore, publishBundle } from "./identity/kube-authority-store.ts";
import type { ApiAccess } from "./kube/api-access.ts";
import { createApiClient } from "./kube/api-client.ts";
import { createKubeconfigAccess } from "./kube/kubeconfig-access.ts";
import { meteredAccess } from "./kube/metered-access.ts";
import { registerFigures, registerMetrics } from "./metrics.ts";
import { createReplica, type Replica } from "./replica.ts";
import { clusterAdvice } from "./resolve/resolve-image.ts";
import { openSessionServer, type SessionServer } from "./sessions/session-server.ts";
import { createSessionRegistry, type SessionRegistry } from "./sessions/sessions.ts";
import { createTerm } from "./term.ts";

/** What there is of a controller before it takes part in the election. */
type Parts = {
  readonly config: ControllerConfig;
  readonly log: Log;
  readonly access: ApiAccess;
  readonly registries: RegistryClient;
  readonly metrics: ReturnType<typeof registerMetrics>;
  /** As it comes up. */
  readonly up: Up;
};
type Up = {
  tracker?: Tracker;
  sessions?: SessionRegistry;
  server?: SessionServer;
  replica?: Replica;
};

/** For all that one image takes at its registry. */
const RESOLVE_MS = 60_000;
/** The service account of the agents' pods. */
const AGENT = "oci-torrent-agent";

const today = () => new Date();
const wallTime = (ms: number) => performance.timeOrigin + ms;

/** Runs one controller of several until the signal aborts: then it gives up the lead, if it has it. */
export async function runController(
  config: ControllerConfig,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const register = createMetricsRegistry();
  const metrics = registerMetrics(register);
  const kubeAccess = createKubeconfigAccess(() => kubeConfigOf(config));
  const access = meteredAccess(kubeAccess, metrics.called);
  const registries = createRegistryClient({ endpoints: config.endpoints, advice: clusterAdvice });
  const parts: Parts = { config, log, access, registries, metrics, up: {} };
  try {
    const probes = await openProbes(parts, register);
    await runAll([...probes, { name: "controller", run: (stop) => serve(parts, stop) }], signal);
  } finally {
    await registries.close();
    await kubeAccess.close();
  }
}

function kubeConfigOf({ kubeconfig }: ControllerConfig): KubeConfig {
  const config = new KubeConfig();
  try {
    if (kubeconfig === undefined) config.loadFromCluster();
    else config.loadFromFile(kubeconfig);
  } catch (cause) {
    const what = kubeconfig === undefined ? "pod's service account" : `kubeconfig ${kubeconfig}`;
    const message = `could not read the ${what}: ${(cause as Error).message}: name a kubeconfig that can be read with --kubeconfig`;
    throw new Error(message, { cause });
  }
  return config;
}

/** Served from the start: a controller that waits for the API server is alive, and not ready. */
async function openProbes({ config, up }: Parts, register: MetricsRegister): Promise<Component[]> {
  registerFigures(register, () => ({
    isLeader: up.replica?.leadership().kind === "leading",
    waiting: up.replica?.figures()?.waiting ?? 0,
    leases: up.replica?.figures()?.leases ?? 0,
    sessions: openSessionsIn(up),
    trackedSwarms: up.tracker?.stats().swarms ?? 0,
    trackedPeers: up.tracker?.stats().peers ?? 0,
  }));
  if (config.metricsListen === undefined) return [];
  const isUp = (what: unknown) => (what === undefined ? "it does not listen yet" : undefined);
  const api = () => (up.replica?.isSynced() ? undefined : "the cluster has not been read yet");
  const server = await openMetricsServer({
    ...config.metricsListen,
    metrics: register,
    live: [],
    ready: [
      { name: "tracker", check: () => isUp(up.tracker) },
      { name: "sessions", check: () => isUp(up.server) },
      { name: "api", check: api },
    ],
  });
  return [server];
}

const openSessionsIn = ({ sessions }: Up): number =>
  [...(sessions?.facts().values() ?? [])].filter(({ brokenAtMs }) => brokenAtMs === undefined)
    .length;

async function serve(parts: Parts, signal: AbortSignal): Promise<void> {
  const { config, log, up } = parts;
  const admits = (swarm: string) => up.replica?.admits(swarm) ?? false;
  const tracker = await createTracker({ listen: config.trackerListen, admits });
  up.tracker = tracker;
  try {
    const identity = await identityOf(parts, signal);
    const sessions = createSessionRegistry({
      clock: systemClock,
      bundle: identity.bundle(),
      onChange: (...change) => up.replica?.sessionChanged(...change),
    });
    const server = await serverOf(parts, identity, sessions);
    const address = hostAndPort({ host: config.address, port: server.port });
    const replica = replicaOf(parts, { address, sessions, server, tracker });
    Object.assign(up, { sessions, server, replica });
    identity.onChange(() => {
      server.renew(identity.pair());
      sessions.setBundle(identity.bundle());
    });
    log.info("ready for agents", { address, tracker: announceUrl(config, tracker) });
    try {
      await runAll([identity, replica], signal);
    } finally {
      server.close();
    }
  } finally {
    await tracker.close();
  }
}

const identityOf = ({ config, log, access }: Parts, signal: AbortSignal): Promise<Identity> => {
  const { namespace, trustDomain } = config;
  const client = createApiClient(access);
  return openIdentity(
    {
      store: createKubeAuthorityStore(client, namespace),
      publish: (bundle, stop) => publishBundle(client, namespace, bundle, stop),
      trustDomain,
      dnsNames: [`${CONTROLLER_SERVICE}.${namespace}.svc`],
      clock: systemClock,
      now: today,
      log,
    },
    signal,
  );
};

function serverOf(
  { config, log, access, up }: Parts,
  identity: Identity,
  sessions: SessionRegistry,
): Promise<SessionServer> {
  const ours = { namespace: config.namespace, serviceAccount: AGENT };
  return openSessionServer({
    listen: config.sessionListen,
    pair: identity.pair(),
    leadership: () => up.replica?.leadership() ?? { kind: "following" },
    authenticator: createKubeAuthenticator(access, ours, systemClock),
    sign: async (member, csr) => ({
      ...(await identity.sign(member, csr)),
      zone: up.replica?.zoneOf(member.node) ?? "",
    }),
    sessions,
    clock: systemClock,
    log,
  });
}

type Reached = {
  /** Of the session server. */
  readonly address: string;
  readonly sessions: SessionRegistry;
  readonly server: SessionServer;
  readonly tracker: Tracker;
};

function replicaOf(
  { config, log, access, registries, metrics }: Parts,
  { address, sessions, server, tracker }: Reached,
): Replica {
  const shared = { clock: systemClock, random: Math.random, log };
  const term = {
    ...{ ...shared, today, sessions, registries },
    objects: createApiClient(access),
    largestImageBytes: config.largestImageBytes,
    timeoutMs: RESOLVE_MS,
    trackers: [announceUrl(config, tracker)],
  };
  return createReplica({
    ...{ ...shared, access, wallTime, sessions },
    namespace: config.namespace,
    identity: address,
    beginTerm: (input) => createTerm(term, input),
    startupTaints: new Set(),
    nodeCondition: config.nodeCondition,
    onReconciled: metrics.reconciled,
    onLeadership: (leads) => {
      if (!leads) server.stopLeading();
    },
  });
}

/** As agents reach it: the port is where it listens. */
function announceUrl({ address }: ControllerConfig, { url }: Tracker): string {
  const announce = new URL(url);
  announce.hostname = isIPv6(address) ? `[${address}]` : address;
  return announce.href;
}
