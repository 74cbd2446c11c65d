import { type FileHandle, open as openOnDisk } from "node:fs/promises";
import type { OpenFile } from "../blob-file.ts";
import { BtError } from "../errors.ts";
import type {
  DownloadOptions,
  DownloadResult,
  GrowingBlob,
  ImageOrder,
  NamedBlob,
  NamedDownloadOptions,
  NamedDownloadResult,
  Rates,
  Swarm,
  SwarmStats,
  Torrent,
} from "../swarm.ts";
import { createTorrent, pieceLength } from "../torrent.ts";
import { dropped, keyOf, type LeanBlob } from "./blob.ts";
import { type CheckedFile, type Checker, createChecker, storageError } from "./checker.ts";
import { createCore } from "./core/core.ts";
import type { CoreStats, Explanation, HashList } from "./core/messages.ts";
import { defaultPolicy } from "./core/policy.ts";
import { Doorman } from "./doorman.ts";
import { FallbackStream } from "./fallback-stream.ts";
import { createFinder, type Finder } from "./finder.ts";
import { GrowingFile } from "./growing.ts";
import { Incoming } from "./incoming.ts";
import type { LeanEvent } from "./lean-event.ts";
import { openComplete, openPartial } from "./open-blob.ts";
import { createPool, type Pool } from "./pool.ts";
import { createState, type KnownHashes, readState } from "./resume-state.ts";
import { RunningBlobs } from "./running-blobs.ts";
import { ServedFile } from "./served-file.ts";
import { listOf, Shell } from "./shell.ts";
import {
  type Address,
  createTransport,
  type PeerTls,
  TRANSPORT_LIMITS,
  type Transport,
  type TransportLimits,
} from "./transport.ts";

export type LeanSwarmOptions = {
  /** The one address to accept links on and to dial from; port 0 takes any. */
  readonly listen: Address;
  /** Where any BitTorrent client may connect, in plain; none may unless this is given. Equal to `listen` (port 0 also): one port takes both. */
  readonly foreignListen?: Address;
  readonly rates: Rates;
  /** Agents of another fleet are not talked to. */
  readonly fleetId: string;
  /** This node's name, which no other in the fleet has. */
  readonly node: string;
  readonly zone: string;
  /** Links between agents are mutual TLS with these. */
  readonly tls?: PeerTls;
  /** Memory for pieces that are coming in; 32 MiB unless said otherwise. */
  readonly poolBytes?: number;
  readonly limits?: Partial<TransportLimits>;
  /** A download with a fallback uses it when nothing new has come for so long, and up to half as long more by chance. */
  readonly fallbackAfterMs?: number;
  readonly log?: (event: LeanEvent) => void;
  /** Opens files; and for tests of disks that fill up, may throw what a write would. */
  readonly open?: OpenFile;
  beforeWrite?(bytes: number): void;
  /** For tests of liars: whatever a file holds is given away. */
  readonly isLiar?: true;
};

/** What this engine tells beyond the Swarm interface. */
export interface LeanSwarm extends Swarm {
  readonly foreignListening: Address | undefined;
  coreStats(): CoreStats;
  /** Why a blob does not go on; undefined for one that is not here. */
  explain(blob: NamedBlob): Explanation | undefined;
  suggest(blob: NamedBlob, addresses: readonly string[]): void;
  heldPieces(blob: NamedBlob): Uint8Array | undefined;
  setImages(images: readonly ImageOrder[]): void;
  seedGrowing(blob: NamedBlob, file: string, trackers: readonly string[]): Promise<GrowingBlob>;
  downloadNamed(
    blob: NamedBlob,
    file: string,
    options: NamedDownloadOptions,
    signal: AbortSignal,
  ): Promise<NamedDownloadResult>;
}

const POOL_BYTES = 32 * 1024 * 1024;
/** In that time who begins to fetch is heard of by all, over a few others. */
const LISTEN_MS = 500;

/**
 * A swarm on our own engine: decisions in the core, bytes in the shell, hashing and writing on a thread of their own.
 * @throws BtError LISTEN_FAILED
 */
export async function createLeanSwarm(options: LeanSwarmOptions): Promise<LeanSwarm> {
  const { node, zone, fleetId, rates, log = () => {} } = options;
  const pool = createPool(options.poolBytes ?? POOL_BYTES);
  const doorman = new Doorman({
    fleetId,
    node,
    zone,
    blobOf: (infoHash) =>
      [...shell.blobs.values()].find((blob) => blob.torrent?.infoHash === infoHash),
    blobAt: (key) => shell.blobs.get(key),
    linkUp: (connection, peer) => shell.linkUp(connection, peer),
    knocked: (address) => shell.hinted([address]),
  });
  // Peers are known by where they listen: that is what trackers tell of them.
  const leaseMs = options.fallbackAfterMs ?? defaultPolicy.leaseMs;
  const lease = { leaseMs, leaseJitterMs: leaseMs / 2, listenMs: LISTEN_MS };
  const policy = { ...defaultPolicy, zone, node: "", ...lease };
  const core = createCore(policy, Math.random);
  const shell = new Shell({
    core,
    pool,
    dial: (peer, onFailed) => doorman.dial(peer, onFailed),
    blame: (finding, peer) =>
      log({ event: "peer blamed", finding, ...(peer && { peer: peer.address }) }),
    fallbackBegun: (blob) => log({ event: "fallback begun", name: blob.name }),
    fallbackFailed: (blob, error) => log({ event: "fallback failed", name: blob.name, error }),
    readFailed: (blob, error) => log({ event: "read failed", name: blob.key, error }),
    ...(options.beforeWrite && { beforeWrite: options.beforeWrite }),
  });
  const transport = await createTransport({
    listen: options.listen,
    ...(options.foreignListen && { foreignListen: options.foreignListen }),
    ...(options.tls && { tls: options.tls }),
    limits: { ...TRANSPORT_LIMITS, ...options.limits },
    connection: {
      shapeOf: (key) => shell.blobs.get(key)?.shape,
      events: {
        ...shell.events,
        greeted: (connection, greeting) => doorman.greeted(connection, greeting),
        extended: (connection, id, payload) => doorman.extended(connection, id, payload),
        closed: (connection, reason) => {
          const { violation, address } = connection;
          if (violation !== undefined)
            log({ event: "peer dropped", peer: address, reason: violation });
          if (!doorman.closed(connection, reason)) shell.events.closed(connection, reason);
        },
      },
    },
    onAccepted: (connection, on) => doorman.accepted(connection, on),
    onRefused: (reason) => log({ event: "peer refused", reason }),
  });
  doorman.use(transport);
  const finder = createFinder({
    peerId: doorman.peerId,
    zone,
    listening: transport.listening,
    foreignListening: transport.foreignListening,
    zoneOf: (address) => doorman.zoneOf(address),
    found: (blob, peers) => shell.tell({ on: "peersFound", group: blob.key, peers }),
    knock: (address) => doorman.knock(address),
    failed: (blob, error) => log({ event: "tracker failed", name: blob.key, error }),
  });
  const checker = createChecker({
    pool: pool.memory,
    onRestart: (why) => log({ event: "worker restarted", why }),
  });
  const engine = new LeanEngine({ shell, transport, finder, checker, pool, options, core });
  engine.setRates(rates);
  return engine;
}

type Parts = {
  readonly shell: Shell;
  readonly transport: Transport;
  readonly finder: Finder;
  readonly checker: Checker;
  readonly pool: Pool;
  readonly options: LeanSwarmOptions;
  readonly core: ReturnType<typeof createCore>;
};

class LeanEngine implements LeanSwarm {
  readonly capabilities = { cutThrough: true };
  readonly listening: Address;
  readonly foreignListening: Address | undefined;
  readonly #parts: Parts;
  readonly #open: OpenFile;
  readonly #running: RunningBlobs;
  #closed: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#open = parts.options.open ?? openOnDisk;
    this.#running = new RunningBlobs(parts);
    this.listening = parts.transport.listening;
    this.foreignListening = parts.transport.foreignListening;
  }

  async seed(
    torrent: Torrent,
    file: string,
    trackers: readonly string[],
    onDamaged: () => void = () => {},
  ): Promise<void> {
    this.#assertOpen();
    const known = this.#parts.shell.blobs.get(keyOf(torrent));
    const served = { hashes: torrent.pieces, onDamaged };
    if (known?.isComplete === true) {
      known.served ??= new ServedFile(known, { ...served, isFresh: true });
      return;
    }
    const blob = await this.#running.start(torrent, torrent.infoHash, async () => {
      const handle = await openComplete(torrent.size, file, this.#open);
      return { blob: torrent, handle, path: file, trackers, torrent };
    });
    if (this.#parts.options.isLiar) return;
    blob.served = new ServedFile(blob, { ...served, isFresh: false });
  }

  async download(
    torrent: Torrent,
    file: string,
    options: DownloadOptions,
    signal: AbortSignal,
  ): Promise<DownloadResult> {
    const known = {
      ...listOf(torrent),
      written: new Uint8Array(torrent.pieces.length / 20).fill(1),
    };
    const blob = await this.#startDownload(torrent, torrent, file, options, known, signal);
    await this.#running.untilFinished(blob, signal);
    return resultOf(blob);
  }

  async downloadNamed(
    named: NamedBlob,
    file: string,
    options: NamedDownloadOptions,
    signal: AbortSignal,
  ): Promise<NamedDownloadResult> {
    const blob = { ...named, pieceLength: pieceLength(named.size) };
    const pieces = Math.ceil(blob.size / blob.pieceLength);
    const known = await readState(file, keyOf(blob), pieces);
    const started = await this.#startDownload(blob, undefined, file, options, known, signal);
    const { hashes } = await this.#running.untilFinished(started, signal);
    const torrent = createTorrent({ name: blob.name, size: blob.size, pieces: hashes });
    started.torrent = torrent;
    await started.download?.state?.remove();
    this.#parts.finder.completed(started);
    return { ...resultOf(started), torrent };
  }

  async seedGrowing(
    named: NamedBlob,
    file: string,
    trackers: readonly string[],
  ): Promise<GrowingBlob> {
    this.#assertOpen();
    const { shell, finder } = this.#parts;
    const blob = { ...named, pieceLength: pieceLength(named.size) };
    const started = await this.#running.start(blob, undefined, async () => {
      // The file need not exist yet, and may be made anew: it is opened when its first piece is there.
      const handle = await openOnDisk("/dev/null", "r");
      return { blob, handle, path: file, trackers, growing: true };
    });
    return new GrowingFile({
      blob: started,
      tell: (input) => shell.tell(input),
      open: () => this.#open(file, "r"),
      completed: () => finder.completed(started),
      stop: () => this.#running.stop(started, dropped(started.key)),
    });
  }

  async drop(id: string): Promise<void> {
    await this.#running.drop(id);
  }

  setRates({ upload, download }: Rates): void {
    const poolBytes = this.#parts.pool.bytes;
    const capacity = { uploadBps: upload, downloadBps: download };
    this.#parts.shell.tell({ on: "capacity", poolBytes, ...capacity });
  }

  setImages(images: readonly ImageOrder[]): void {
    this.#running.setImages(images);
  }

  stats(): SwarmStats {
    const { shell } = this.#parts;
    const nodes = new Set([...shell.links.values()].map(({ peer }) => peer?.node));
    return { torrents: shell.blobs.size, peers: nodes.size, ...shell.counters };
  }

  coreStats(): CoreStats {
    return this.#parts.core.stats();
  }

  suggest(blob: NamedBlob, addresses: readonly string[]): void {
    this.#parts.shell.suggested(keyOf(blob), addresses);
  }

  heldPieces(blob: NamedBlob): Uint8Array | undefined {
    return this.#parts.shell.blobs.get(keyOf(blob))?.heldBits;
  }

  explain(blob: NamedBlob): Explanation | undefined {
    const key = keyOf(blob);
    return this.#parts.shell.blobs.has(key) ? this.#parts.core.explain(key) : undefined;
  }

  close(): Promise<void> {
    this.#closed ??= this.#closeAll();
    return this.#closed;
  }

  async #closeAll(): Promise<void> {
    const { shell, transport, checker } = this.#parts;
    const reason = new BtError("SWARM_CLOSED", "the swarm was closed");
    await this.#running.stopAll(reason);
    shell.close();
    await Promise.all([transport.close(), this.#running.stopped()]);
    await checker.close();
  }

  #assertOpen(): void {
    if (this.#closed === undefined) return;
    throw new BtError("SWARM_CLOSED", "the swarm was closed: create another one");
  }

  async #startDownload(
    blob: NamedBlob & { readonly pieceLength: number },
    torrent: Torrent | undefined,
    file: string,
    options: NamedDownloadOptions,
    known: KnownHashes | undefined,
    signal: AbortSignal,
  ): Promise<LeanBlob> {
    this.#assertOpen();
    signal.throwIfAborted();
    const { checker, pool } = this.#parts;
    const { trackers, onProgress, issuerHashes, fallback } = options;
    const list: HashList | undefined = known && known.hashes.length > 0 ? known : undefined;
    return await this.#running.start(
      blob,
      torrent?.infoHash,
      async (stopped) => {
        const found = await openPartial(
          file,
          blob,
          known,
          this.#open,
          checker,
          AbortSignal.any([signal, stopped]),
        );
        const state =
          torrent === undefined ? await this.#state(file, blob, known, found) : undefined;
        return {
          blob,
          handle: found.handle,
          path: file,
          trackers,
          ...(torrent && { torrent }),
          download: {
            checked: found.checked,
            incoming: new Incoming(pool),
            held: found.held,
            onProgress,
            issuerHashes,
            ...(fallback && { fallback: new FallbackStream(fallback) }),
            ...(state && { state }),
          },
        };
      },
      list,
    );
  }

  async #state(
    file: string,
    blob: NamedBlob & { readonly pieceLength: number },
    known: KnownHashes | undefined,
    { handle, checked, held }: { handle: FileHandle; checked: CheckedFile; held: Uint8Array },
  ) {
    return await createState(file, keyOf(blob), known && { ...known, written: held }).catch(
      async (cause: unknown) => {
        await checked.close();
        await handle.close();
        throw storageError(`could not write ${file}.state`, cause);
      },
    );
  }
}

const resultOf = ({ resumedBytes, fallbackBytes, shape }: LeanBlob): Required<DownloadResult> => ({
  resumedBytes,
  peerBytes: shape.size - resumedBytes - fallbackBytes,
  proven: true,
});
