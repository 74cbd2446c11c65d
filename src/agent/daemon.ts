import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createTracker, type Swarm, type Tracker } from "../bt/index.ts";
import { createBlobStore, createImageLayouts, createRegistryClient } from "../oci/index.ts";
import {
  createMetricsRegistry,
  createThrottle,
  type Log,
  systemClock,
  type Throttle,
} from "../runtime/index.ts";
import { createBlobTransfers } from "./blob-transfers.ts";
import type { DaemonConfig } from "./config/daemon-config.ts";
import { endpointsFrom, serverTlsFrom, toSeedersTls } from "./config/files.ts";
import { openDaemonServers } from "./daemon-servers.ts";
import { createDamagedBlobs, type DamagedBlobs, tellingOfQuarantine } from "./damaged-blobs.ts";
import { untilMoreRoom } from "./disk-room.ts";
import { openSwarm } from "./engine.ts";
import { withRegistryBehind } from "./fallback-origin.ts";
import { createImageRecords } from "./image-record.ts";
import { createImages, type OriginFactory } from "./images.ts";
import { registerGauges, registerMetrics } from "./metrics.ts";
import { createOnRequest } from "./on-request.ts";
import { createRegistryOrigin } from "./registry-origin.ts";
import { createSeederOrigin } from "./seeder-origin.ts";
import { createSeeders } from "./seeders.ts";
import { createSeeding, type Seeding } from "./seeding.ts";
import { createSlots } from "./slots.ts";

/** Layers that are on their way at the same time; the others wait their turn. */
const ACTIVE_LAYERS = 8;

export type Daemon = {
  /** Takes up earlier work; then serves until aborted, and ends in order. */
  run(signal: AbortSignal): Promise<void>;
  setRates(rates: DaemonConfig["rates"]): void;
};

/** Builds every part of a daemon once and joins them. What it opened is closed when a later part fails. */
export async function createDaemon(config: DaemonConfig, log: Log): Promise<Daemon> {
  await using parts = new AsyncDisposableStack();
  const paths = await makeDirectories(config.rootDir);
  const register = createMetricsRegistry();
  const metrics = registerMetrics(register);
  const store = tellingOfQuarantine(await createBlobStore(config.rootDir), (digest) => {
    metrics.corruptBlobs.inc();
    log.warn("blob set aside, it has not its digest any more", { digest });
  });
  const layouts = createImageLayouts({
    root: paths.layouts,
    blobs: store,
    hardlink: config.hardlink,
  });
  const throttle = createThrottle(config.rates.download, systemClock);

  // The tracker knows what is seeded, and what is seeded is announced to the tracker; what is damaged is brought by the images, which seed.
  const knows: { seeding?: Seeding; damaged?: DamagedBlobs } = {};
  const tracker = await openTracker(config, (infoHash) => knows.seeding?.knows(infoHash) ?? false);
  parts.defer(async () => await tracker?.close());
  const swarm = await openSwarm(config, log);
  parts.defer(async () => await swarm?.close());
  const seeding =
    swarm &&
    createSeeding({
      swarm,
      store,
      torrentsDirectory: paths.torrents,
      onDamaged: (digest) => knows.damaged?.suspect(digest),
    });
  if (seeding !== undefined) knows.seeding = seeding;

  const trackers =
    tracker === undefined ? configuredTrackers(config) : [announceUrl(config, tracker)];
  const blobs = createBlobTransfers({
    store,
    partialDirectory: paths.partial,
    inSlot: createSlots(ACTIVE_LAYERS),
  });
  const onBadRecord = (file: string, error: Error) =>
    log.error("image record left alone, it cannot be read", { file, error: error.message });
  const origins = await createOrigins(config, swarm, seeding, throttle);
  parts.defer(() => origins.close());
  const images = createImages({
    store,
    layouts,
    blobs,
    trackers,
    records: createImageRecords(paths.records, onBadRecord),
    originFor: origins.originFor,
    moreRoom: (signal) => untilMoreRoom(config.rootDir, signal),
    log,
    ...(seeding === undefined ? {} : { seeding }),
  });
  registerGauges(register, { images, swarm });
  const damaged = seeding && createDamagedBlobs({ store, images, seeding, log });
  if (damaged !== undefined) {
    knows.damaged = damaged;
    parts.defer(() => damaged.close());
  }
  const tls = await serverTlsFrom(config.tls);
  const servers = await openDaemonServers({
    config,
    log,
    register,
    metrics,
    ...(tls === undefined ? {} : { tls }),
    service: {
      images,
      store,
      layouts,
      blobs,
      trackers,
      role: config.role.kind,
      ...(config.role.kind === "seeder" &&
        config.role.fetchOnRequest && { onRequest: createOnRequest(images) }),
      engine: swarm === undefined ? "none" : config.engine,
      ...(seeding && { seeding }),
      ...(damaged && { damaged }),
    },
  });
  const open = parts.move();
  return {
    async run(signal) {
      await using _ = open;
      await servers.run(images, signal);
    },
    setRates(rates) {
      throttle.setRate(rates.download);
      swarm?.setRates(rates);
    },
  };
}

async function makeDirectories(root: string) {
  const paths = {
    layouts: join(root, "oci"),
    partial: join(root, "partial"),
    torrents: join(root, "torrents"),
    records: join(root, "state", "images"),
  };
  for (const path of Object.values(paths)) await mkdir(path, { recursive: true });
  return paths;
}

async function openTracker(
  { role }: DaemonConfig,
  admits: (infoHash: string) => boolean,
): Promise<Tracker | undefined> {
  if (role.kind !== "seeder" || role.trackers.length > 0) return undefined;
  return await createTracker({ listen: role.trackerListen, admits });
}

/** The tracker's own port, under the host by which leechers reach this daemon. */
function announceUrl({ role }: DaemonConfig, tracker: Tracker): string {
  const url = new URL(tracker.url);
  if (role.kind === "seeder") {
    const host = role.advertisedHost;
    url.hostname = host.includes(":") ? `[${host}]` : host;
  }
  return url.href;
}

const configuredTrackers = ({ role }: DaemonConfig): readonly string[] =>
  role.kind === "puller" ? [] : role.trackers;

type Origins = { readonly originFor: OriginFactory; close(): Promise<void> };

/** A leecher asks its seeders, and the registry only when it may fall back on it; everybody else asks the registry. */
async function createOrigins(
  config: DaemonConfig,
  swarm: Swarm | undefined,
  seeding: Seeding | undefined,
  throttle: Throttle,
): Promise<Origins> {
  if (config.role.kind === "leecher" && swarm !== undefined) {
    const tls = await toSeedersTls(config.tls);
    const seeders = createSeeders(config.role.seeders, config.connTimeoutMs, tls);
    const { fallbackAfterMs } = config.role;
    if (fallbackAfterMs === undefined) {
      return {
        originFor: ({ wanted, waitMs }) => createSeederOrigin({ seeders, swarm, wanted, waitMs }),
        close: async () => seeders.close(),
      };
    }
    const client = await openRegistryClient(config);
    return {
      originFor({ reference, credential, wanted }) {
        const registry = client.registry(reference.host, credential);
        const fallback = { registry, throttle };
        const waitMs = fallbackAfterMs;
        const seeder = createSeederOrigin({ seeders, swarm, wanted, waitMs, fallback });
        return withRegistryBehind(seeder, createRegistryOrigin(fallback));
      },
      async close() {
        seeders.close();
        await client.close();
      },
    };
  }
  const client = await openRegistryClient(config);
  return {
    originFor: ({ reference, credential }) =>
      createRegistryOrigin({
        registry: client.registry(reference.host, credential),
        throttle,
        ...(seeding === undefined ? {} : { openTap: seeding.tap }),
      }),
    close: () => client.close(),
  };
}

const openRegistryClient = async (config: DaemonConfig) =>
  createRegistryClient({
    endpoints: await endpointsFrom(config),
    limits: { connectMs: config.connTimeoutMs },
    ...(config.bindAddress === undefined ? {} : { connectLocalAddress: config.bindAddress }),
  });
