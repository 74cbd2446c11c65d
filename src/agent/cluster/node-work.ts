import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Registry as MetricsRegister } from "prom-client";
import type { Assign, ControllerMessage, Digest, Progress } from "../../api/index.ts";
import type { LeanSwarm, Swarm } from "../../bt/index.ts";
import {
  createImageLayouts,
  createRegistryClient,
  type Descriptor,
  type FileBlobStore,
  hexOf,
  type RegistryClient,
} from "../../oci/index.ts";
import { createThrottle, type Log, runAll, systemClock } from "../../runtime/index.ts";
import { createBlobTransfers } from "../blob-transfers.ts";
import type { AgentConfig } from "../config/daemon-config.ts";
import { endpointsFrom } from "../config/files.ts";
import { type DaemonServers, openDaemonServers } from "../daemon-servers.ts";
import { createDamagedBlobs, type DamagedBlobs } from "../damaged-blobs.ts";
import { readDiskFigures } from "../disk/disk-figures.ts";
import { createDiskKeeper } from "../disk/disk-keeper.ts";
import { untilMoreRoom } from "../disk-room.ts";
import { createImageRecords } from "../image-record.ts";
import { createImages, type OriginFactory } from "../images.ts";
import { assignedLoads } from "../loading/assigned-loads.ts";
import { type Loading, openLoading } from "../loading/open-loading.ts";
import type { RuntimeFacts } from "../loading/runtime-helper.ts";
import { registerGauges, registerMetrics } from "../metrics.ts";
import { createSeeding } from "../seeding.ts";
import type { ServiceDeps } from "../service.ts";
import type { Membership } from "../session/membership.ts";
import type { NodeTasks } from "../session/node-tasks.ts";
import type { News } from "../session/outbox.ts";
import type { RegistryLogins } from "../session/registry-logins.ts";
import type { SessionClient } from "../session/session-client.ts";
import { createSlots } from "../slots.ts";
import type { AssignedOriginDeps } from "./assigned-origin.ts";
import { openHashServer } from "./hash-server.ts";
import { createImageOrders, type ImageOrders } from "./image-orders.ts";
import { issuerHashes } from "./issuer-hashes.ts";
import { createLayerSources, type LayerSources } from "./layer-sources.ts";
import type { LeaseBoard } from "./lease-board.ts";
import { leasedFetch } from "./leased-fetch.ts";
import { type CurrentMembership, openMemberSwarm } from "./member-swarm.ts";
import { createNodeImages, type NodeImages } from "./node-images.ts";
import { createOriginFactory } from "./origin-factory.ts";
import { createReports, type Reports } from "./reports.ts";

export type NodeWorkParts = {
  readonly config: AgentConfig;
  readonly log: Log;
  readonly store: FileBlobStore;
  readonly tasks: NodeTasks;
  readonly logins: RegistryLogins;
  readonly leases: LeaseBoard;
  readonly membership: CurrentMembership;
  readonly register: MetricsRegister;
  readonly session: Pick<SessionClient, "tell">;
};

/** All that a member of the swarm does for its node. */
export type NodeWork = AsyncDisposable & {
  readonly peerPort: number;
  readonly hashPort: number;
  changed(message: ControllerMessage, released: Assign | undefined): void;
  progress(): readonly Progress[];
  /** For a controller that knows nothing. */
  snapshot(): readonly News[];
  isReady(): boolean;
  /** Registries that this node tried to reach, and whether it did. */
  registries(): ReadonlyMap<string, boolean>;
  /** Undefined where images are not loaded. */
  runtime(): RuntimeFacts | undefined;
  run(signal: AbortSignal): Promise<void>;
};

/** Layers that are on their way at the same time; the others wait their turn. */
const ACTIVE_LAYERS = 8;

/** Opens everything that needs a certificate. What it opened is closed when a later part fails. */
export async function openNodeWork(parts: NodeWorkParts, first: Membership): Promise<NodeWork> {
  await using opening = new AsyncDisposableStack();
  const { config, log, tasks, session, membership } = parts;
  const swarm = await openMemberSwarm(config, membership, first, log.child({ component: "swarm" }));
  opening.defer(() => swarm.close());
  const registries = await openRegistries(config);
  opening.defer(() => registries.close());
  const throttle = createThrottle(config.rates.download, systemClock);
  const sources = createLayerSources();
  const reports = createReports(tasks, session.tell);
  const fetching = { ...parts, registries, sources, reports };
  const orders = createImageOrders({
    setImages: (images) => swarm.setImages(images),
    throttle,
    clock: systemClock,
  });
  const originFor = createOriginFactory(tasks, {
    swarm,
    sources,
    leases: parts.leases,
    issuerHashes: askIssuer(parts, first),
    fetchUnder: (lease, layer) =>
      leasedFetch({ ...fetching, throttle: orders.throttleOf(layer.digest) }, lease, layer),
  });
  const transfers = await openTransfers(parts, swarm, originFor, orders);
  opening.defer(() => transfers.damaged.close());
  const loading = await openLoads(parts, transfers, opening);
  const nodeImages = nodeImagesOf(parts, { swarm, transfers, sources, reports, loading });
  transfers.disk.follow(nodeImages.wants);
  const servers = await openServers(parts, swarm, transfers);
  const hashes = opening.use(await openHashServer(parts, serviceOf(transfers), first));
  orders.set(tasks.assigns.values());
  const restore = nodeImages.begin;
  const serve = (stop: AbortSignal) => servers.run({ ...transfers.images, restore }, stop);
  const open = opening.move();
  return {
    ...nodeImages,
    peerPort: swarm.listening.port,
    hashPort: hashes.port,
    registries: reports.registries,
    runtime: () => loading?.runtime(),
    snapshot: () => [
      ...nodeImages.progress().map((progress): News => ({ kind: "progress", ...progress })),
      ...reports.current(),
    ],
    changed(message, released) {
      if (CHANGES_ORDERS.has(message.kind)) orders.set(tasks.assigns.values());
      if (released !== undefined) nodeImages.released(released);
      if (message.kind === "assign") nodeImages.assigned(message);
    },
    run: (signal) => {
      const components = [{ name: "daemon", run: serve }, nodeImages, transfers.disk];
      return runAll([...components, ...(loading ? [loading] : [])], signal);
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

const askIssuer =
  ({ tasks, membership }: NodeWorkParts, first: Membership): AssignedOriginDeps["issuerHashes"] =>
  async (layer, signal) => {
    const issuer = tasks.issuers.get(layer.digest);
    if (issuer === undefined) return undefined;
    return await issuerHashes(issuer, layer, membership.get() ?? first, signal);
  };

function nodeImagesOf(
  { tasks, session, log }: NodeWorkParts,
  { swarm, transfers, sources, reports, loading }: NodeImagesParts,
): NodeImages {
  const named = ({ digest, size }: Descriptor) => ({ name: hexOf(digest), size });
  return createNodeImages({
    ...transfers,
    sources,
    assigns: () => tasks.assigns,
    peers: () => tasks.peers,
    heldPieces: (layer) => swarm.heldPieces(named(layer)),
    suggest: (layer, addresses) => swarm.suggest(named(layer), addresses),
    tell: (progress) => session.tell({ kind: "progress", ...progress }),
    tellPieces: reports.pieces,
    ...(loading !== undefined && { loader: assignedLoads(loading, transfers.store) }),
    clock: systemClock,
    log,
  });
}

type NodeImagesParts = {
  readonly swarm: LeanSwarm;
  readonly transfers: Transfers;
  readonly sources: LayerSources;
  readonly reports: Reports;
  readonly loading: Loading | undefined;
};

/** Undefined where no helper is configured. */
async function openLoads(
  { config, log }: NodeWorkParts,
  { damaged }: Transfers,
  opening: AsyncDisposableStack,
): Promise<Loading | undefined> {
  const { loading } = config.cluster;
  if (loading === undefined) return undefined;
  return opening.use(await openLoading({ ...loading, onDamaged: damaged.suspect, log }));
}

const CHANGES_ORDERS: ReadonlySet<string> = new Set(["assign", "limits", "release"]);

const openRegistries = async (config: AgentConfig): Promise<RegistryClient> =>
  createRegistryClient({
    endpoints: await endpointsFrom(config),
    limits: { connectMs: config.connTimeoutMs },
    ...(config.bindAddress === undefined ? {} : { connectLocalAddress: config.bindAddress }),
  });

/** The daemon's own way from an origin into store, layout and swarm. */
async function openTransfers(
  { config, store, log }: NodeWorkParts,
  swarm: Swarm,
  originFor: OriginFactory,
  orders: ImageOrders,
) {
  const paths = await makeDirectories(config.rootDir);
  const layouts = createImageLayouts({
    root: paths.layouts,
    blobs: store,
    hardlink: config.hardlink,
  });
  const knows: { damaged?: DamagedBlobs } = {};
  const onDamaged = (digest: Digest) => knows.damaged?.suspect(digest);
  const seeding = createSeeding({ swarm, store, torrentsDirectory: paths.torrents, onDamaged });
  const blobs = createBlobTransfers({
    store,
    partialDirectory: paths.partial,
    inSlot: createSlots<Descriptor>(ACTIVE_LAYERS, orders.first),
  });
  const disk = createDiskKeeper({
    limits: config.cluster.store,
    figures: () => readDiskFigures({ root: config.rootDir, partial: paths.partial, blobs: store }),
    clock: systemClock,
    log,
  });
  const images = createImages({
    store,
    admit: disk.admit,
    layouts,
    blobs,
    seeding,
    trackers: [],
    records: createImageRecords(paths.records, (file, error) =>
      log.error("image record left alone, it cannot be read", { file, error: error.message }),
    ),
    originFor,
    moreRoom: (signal) => untilMoreRoom(config.rootDir, signal),
    log,
  });
  const damaged = createDamagedBlobs({ store, images, seeding, log });
  knows.damaged = damaged;
  return { store, layouts, seeding, blobs, images, damaged, disk };
}

type Transfers = Awaited<ReturnType<typeof openTransfers>>;

/** The API for people on the node. The agent serves its metrics itself, also while it has no certificate yet. */
function openServers(
  { config, log, register }: NodeWorkParts,
  swarm: Swarm,
  transfers: Transfers,
): Promise<DaemonServers> {
  const metrics = registerMetrics(register);
  registerGauges(register, { images: transfers.images, swarm });
  return openDaemonServers({
    config: { ...config, metricsListen: undefined },
    log,
    register,
    metrics,
    service: serviceOf(transfers),
  });
}

const serviceOf = (transfers: Transfers): ServiceDeps => ({
  ...transfers,
  trackers: [],
  role: "leecher",
  engine: "lean",
});

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
