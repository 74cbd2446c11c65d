import { type OpenFile, openComplete, openPartial } from "../blob-file.ts";
import { BtError } from "../errors.ts";
import type {
  DownloadOptions,
  DownloadResult,
  Rates,
  Swarm,
  SwarmStats,
  Torrent,
} from "../swarm.ts";
import { ACCEPT_LIMITS, type AcceptLimits, type Acceptor, createAcceptor } from "./acceptor.ts";
import { createPacer } from "./pacer.ts";
import type { PieceMover } from "./piece-mover.ts";
import { Share, type ShareContext } from "./share.ts";
import type { SwarmEvent } from "./swarm-event.ts";

export type ShellSwarmOptions = {
  /** The one address to listen on and to dial from; port 0 takes any. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly rates: Rates;
  /** Links of one torrent; 55 unless said otherwise. */
  readonly maxConns?: number;
  readonly acceptLimits?: AcceptLimits;
  readonly log?: (event: SwarmEvent) => void;
  /** Opens files; for tests of disks that fail. */
  readonly open?: OpenFile;
};

type StartMover = (where: { port: number; maxLinks: number }) => Promise<PieceMover>;

const MAX_LINKS = 55;
const SWEEP_MS = 5_000;

/**
 * A swarm around something that moves pieces: sockets, limits, rates, trackers, files and resumption.
 * @throws BtError LISTEN_FAILED
 */
export async function createShellSwarm(
  options: ShellSwarmOptions,
  startMover: StartMover,
): Promise<Swarm> {
  const log = options.log ?? (() => {});
  const shares = new Map<string, Share>();
  const acceptor = await createAcceptor({
    listen: options.listen,
    limits: options.acceptLimits ?? ACCEPT_LIMITS,
    onPeer: (socket, head, infoHash) => {
      const share = shares.get(infoHash);
      return share === undefined ? "unknown torrent" : share.accept(socket, head);
    },
    onRefused: (reason) => log({ event: "peer refused", reason }),
  });
  const { port } = acceptor.listening;
  const maxLinks = options.maxConns ?? MAX_LINKS;
  const mover = await startMover({ port, maxLinks }).catch(async (error: unknown) => {
    await acceptor.close();
    throw error;
  });
  const context: ShareContext = {
    mover,
    pacers: {
      upload: createPacer(options.rates.upload),
      download: createPacer(options.rates.download),
    },
    counters: { uploadedBytes: 0, downloadedBytes: 0, wastedBytes: 0, badPieces: 0 },
    localAddress: isWildcard(options.listen.host) ? undefined : options.listen.host,
    port,
    maxLinks,
    log,
  };
  return new ShellSwarm(context, acceptor, shares, options.open);
}

const isWildcard = (host: string): boolean => ["", "0.0.0.0", "::"].includes(host);

class ShellSwarm implements Swarm {
  readonly capabilities = { cutThrough: false };
  readonly listening: Swarm["listening"];
  readonly #context: ShareContext;
  readonly #acceptor: Acceptor;
  readonly #shares: Map<string, Share>;
  /** Torrents whose file is being opened or checked. */
  readonly #starting = new Map<string, AbortController>();
  readonly #open: OpenFile | undefined;
  readonly #sweeper: NodeJS.Timeout;
  #closed: Promise<void> | undefined;

  constructor(
    context: ShareContext,
    acceptor: Acceptor,
    shares: Map<string, Share>,
    open: OpenFile | undefined,
  ) {
    this.#context = context;
    this.#acceptor = acceptor;
    this.#shares = shares;
    this.#open = open;
    this.listening = acceptor.listening;
    this.#sweeper = setInterval(() => {
      for (const share of shares.values()) share.sweep();
    }, SWEEP_MS);
    this.#sweeper.unref();
  }

  async seed(torrent: Torrent, path: string, trackers: readonly string[]): Promise<void> {
    this.#assertOpen();
    if (this.#shares.get(torrent.infoHash)?.complete) return;
    await this.#start(torrent, async () => {
      const file = await openComplete(torrent, path, this.#open);
      return { file, verified: undefined, trackers };
    });
  }

  async download(
    torrent: Torrent,
    path: string,
    { trackers, onProgress }: DownloadOptions,
    signal: AbortSignal,
  ): Promise<DownloadResult> {
    this.#assertOpen();
    signal.throwIfAborted();
    const share = await this.#start(torrent, async (dropped) => {
      const either = AbortSignal.any([signal, dropped]);
      const found = await openPartial(torrent, path, either, this.#open);
      return { ...found, trackers, onProgress };
    });
    const abort = () => void share.stop(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    try {
      return await share.finished;
    } catch (error) {
      await share.stop(error);
      throw error;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  async drop(infoHash: string): Promise<void> {
    const reason = new BtError("TORRENT_UNKNOWN", `torrent ${infoHash} was dropped`);
    this.#starting.get(infoHash)?.abort(reason);
    await this.#shares.get(infoHash)?.stop(reason);
  }

  setRates(rates: Rates): void {
    this.#context.pacers.upload.setRate(rates.upload);
    this.#context.pacers.download.setRate(rates.download);
  }

  stats(): SwarmStats {
    const peers = [...this.#shares.values()].reduce((sum, share) => sum + share.peers, 0);
    return { torrents: this.#shares.size, peers, ...this.#context.counters };
  }

  close(): Promise<void> {
    this.#closed ??= this.#closeAll();
    return this.#closed;
  }

  async #closeAll(): Promise<void> {
    clearInterval(this.#sweeper);
    const reason = new BtError("SWARM_CLOSED", "the swarm was closed");
    for (const starting of this.#starting.values()) starting.abort(reason);
    await Promise.all([...this.#shares.values()].map((share) => share.stop(reason)));
    await this.#acceptor.close();
    await this.#context.mover.close();
  }

  async #start(torrent: Torrent, prepare: Prepare): Promise<Share> {
    const { infoHash } = torrent;
    if (this.#shares.has(infoHash) || this.#starting.has(infoHash)) {
      const problem = `torrent ${infoHash} is in the swarm already: drop it first`;
      throw new BtError("STORAGE_FAILED", problem);
    }
    const starting = new AbortController();
    this.#starting.set(infoHash, starting);
    try {
      const { verified, ...prepared } = await prepare(starting.signal);
      const onStopped = () => this.#shares.delete(infoHash);
      const share = new Share(this.#context, { torrent, ...prepared, onStopped });
      this.#shares.set(infoHash, share);
      if (starting.signal.aborted) await share.stop(starting.signal.reason);
      starting.signal.throwIfAborted();
      await share.start(verified);
      return share;
    } finally {
      this.#starting.delete(infoHash);
    }
  }

  #assertOpen(): void {
    if (this.#closed !== undefined) throw new BtError("SWARM_CLOSED", "the swarm was closed");
  }
}

type Prepare = (dropped: AbortSignal) => Promise<{
  file: ConstructorParameters<typeof Share>[1]["file"];
  verified: Uint8Array | undefined;
  trackers: readonly string[];
  onProgress?: DownloadOptions["onProgress"];
}>;
