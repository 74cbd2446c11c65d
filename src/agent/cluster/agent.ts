import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Registry as MetricsRegister } from "prom-client";
import { type ControllerMessage, MOST_IMAGES } from "../../api/index.ts";
import { createBlobStore } from "../../oci/index.ts";
import {
  type Component,
  createMetricsRegistry,
  type Log,
  openMetricsServer,
  runAll,
  systemClock,
  version,
} from "../../runtime/index.ts";
import type { AgentConfig } from "../config/daemon-config.ts";
import { type KubeApi, openKubeApi } from "../report/kube-api.ts";
import type { NodeFacts } from "../report/node-status.ts";
import { createStatusReporter } from "../report/status-reporter.ts";
import { nextEpoch } from "../session/epoch.ts";
import { type NodeTasks, openNodeTasks } from "../session/node-tasks.ts";
import { createRegistryLogins } from "../session/registry-logins.ts";
import { openRememberedMessages } from "../session/remembered-messages.ts";
import { createSessionClient, type SessionClient } from "../session/session-client.ts";
import { type AgentStore, createAgentStore } from "./agent-store.ts";
import { controllerAddresses } from "./controller-addresses.ts";
import { createLeaseBoard, type LeaseBoard } from "./lease-board.ts";
import { type CurrentMembership, createCurrentMembership } from "./member-swarm.ts";
import { type NodeWork, openNodeWork } from "./node-work.ts";

/** What there is of an agent before it has a certificate. */
type Parts = {
  readonly config: AgentConfig;
  readonly log: Log;
  readonly epoch: number;
  readonly membership: CurrentMembership;
  readonly leases: LeaseBoard;
  readonly register: MetricsRegister;
  /** Its work, once it has begun. */
  readonly begun: { work?: NodeWork };
};

/**
 * Runs a node's agent. The session comes first: without a certificate there are no peers. Assignments that were remembered are
 * gone on with as soon as there is one.
 */
export async function runAgent(config: AgentConfig, log: Log, signal: AbortSignal): Promise<void> {
  const state = join(config.rootDir, "state");
  await mkdir(state, { recursive: true });
  const store = await createBlobStore(config.rootDir);
  const parts: Parts = {
    config,
    log,
    epoch: await nextEpoch(join(state, "epoch")),
    membership: createCurrentMembership(),
    leases: createLeaseBoard(),
    register: createMetricsRegistry(),
    begun: {},
  };
  const logins = createRegistryLogins(Date.now);
  const tasks = await openNodeTasks({
    remembered: await openRememberedMessages(join(state, "session"), (file, error) =>
      log.error("remembered assignment removed, it cannot be read", { file, error: String(error) }),
    ),
    logins,
    onChange: (message, released) => {
      passOn(parts, message);
      parts.begun.work?.changed(message, released);
    },
    log,
  });
  const progress = () => parts.begun.work?.progress() ?? [];
  const disk = createAgentStore(config.rootDir, store, progress, () => systemClock.now());
  const session = sessionOf(parts, tasks, disk);
  const work = workOf(parts, (first) =>
    openNodeWork({ ...parts, store, tasks, logins, session }, first),
  );
  const metrics = await openMetrics(parts);
  await using api = config.cluster.api && (await openKubeApi(config.cluster.api));
  const reporter = api && reporterOf(parts, tasks, disk, api);
  if (reporter === undefined) {
    log.warn("no API server is known, so nobody is told of this node's images: --api-server");
  }
  const components = [session, work, metrics, reporter].filter((each) => each !== undefined);
  await runAll(components, signal);
}

function passOn({ leases, membership }: Parts, message: ControllerMessage): void {
  if (message.kind === "lease" || message.kind === "revoke") leases.changed(message.digest);
  const current = membership.get();
  if (message.kind === "bundle" && current !== undefined) {
    membership.set({ ...current, bundle: message.certificates });
  }
}

function sessionOf(
  { config, log, epoch, membership, begun }: Parts,
  tasks: NodeTasks,
  disk: AgentStore,
): SessionClient {
  const { cluster } = config;
  return createSessionClient({
    self: { node: cluster.nodeName, podUid: cluster.podUid, version, epoch },
    access: {
      serverName: cluster.controllerName,
      readBundle: () => readFile(cluster.controllerCaFile, "utf8"),
      readToken: () => readFile(cluster.sessionTokenFile, "utf8"),
    },
    controllers: () => controllerAddresses(cluster.controllers),
    describe: async () => ({
      addresses: cluster.addresses,
      peerPort: begun.work?.peerPort ?? config.peerListen?.port ?? 0,
      grpcPort: begun.work?.hashPort ?? cluster.hashListen.port,
      store: await disk.figures(),
      held: await disk.held(),
      assigned: tasks.revisions().slice(0, MOST_IMAGES),
    }),
    snapshot: () => begun.work?.snapshot() ?? [],
    store: disk.figures,
    handle: tasks.handle,
    onMember: membership.set,
    clock: systemClock,
    now: Date.now,
    random: Math.random,
    log: log.child({ component: "session" }),
  });
}

const workOf = (
  { membership, begun }: Parts,
  open: (first: Awaited<ReturnType<CurrentMembership["first"]>>) => Promise<NodeWork>,
): Component => ({
  name: "agent",
  async run(signal) {
    await using work = await open(await membership.first(signal));
    begun.work = work;
    await work.run(signal);
  },
});

/** Served from the start: a node that waits for its certificate is alive, and not ready. */
async function openMetrics({ config, register, membership, begun }: Parts) {
  if (config.metricsListen === undefined) return undefined;
  return await openMetricsServer({
    ...config.metricsListen,
    metrics: register,
    live: [],
    ready: [
      { name: "member", check: () => (membership.get() ? undefined : "no certificate yet") },
      { name: "images", check: () => (begun.work?.isReady() ? undefined : "not taken up yet") },
    ],
  });
}

function reporterOf(
  { config, log, epoch, begun }: Parts,
  tasks: NodeTasks,
  disk: AgentStore,
  api: KubeApi,
) {
  const { nodeName, addresses } = config.cluster;
  const facts = async (): Promise<NodeFacts | undefined> => {
    const { work } = begun;
    if (work === undefined || !work.isReady()) return undefined;
    const ports = { peer: work.peerPort, grpc: work.hashPort };
    const runtime = work.runtime();
    return {
      agent: { version, addresses, ports, sessionEpoch: epoch },
      store: await disk.figures(),
      progress: work.progress(),
      registries: work.registries(),
      ...(runtime !== undefined && { runtime }),
    };
  };
  return createStatusReporter({
    node: nodeName,
    api,
    facts,
    everyMs: () => tasks.statusSeconds * 1_000,
    clock: systemClock,
    now: () => new Date(),
    random: Math.random,
    log,
  });
}
