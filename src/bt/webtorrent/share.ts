import type { Socket } from "node:net";
import type { BlobFile } from "../blob-file.ts";
import { BtError } from "../errors.ts";
import { createProgressReporter, type ProgressReporter } from "../progress.ts";
import type { DownloadOptions, DownloadResult, Progress, Torrent } from "../swarm.ts";
import { bytesOfPiece, piecesOf } from "../torrent.ts";
import { createTrackerClient, type TrackerClient } from "../tracker-client.ts";
import type { Refusal } from "./acceptor.ts";
import { Link } from "./link.ts";
import { Neighbours } from "./neighbours.ts";
import type { Pacer } from "./pacer.ts";
import type { Moving, MovingEvents, PieceMover } from "./piece-mover.ts";
import { Suspects } from "./suspects.ts";
import type { SwarmEvent } from "./swarm-event.ts";
import { type ViolationReason, WireViolation } from "./wire-guard.ts";

export type Counters = {
  uploadedBytes: number;
  downloadedBytes: number;
  wastedBytes: number;
  badPieces: number;
};

/** What all torrents of a swarm have in common. */
export type ShareContext = {
  readonly mover: PieceMover;
  readonly pacers: { readonly upload: Pacer; readonly download: Pacer };
  readonly counters: Counters;
  readonly localAddress: string | undefined;
  readonly port: number;
  readonly maxLinks: number;
  readonly log: (event: SwarmEvent) => void;
};

export type ShareOptions = {
  readonly torrent: Torrent;
  readonly file: BlobFile;
  readonly trackers: readonly string[];
  readonly onProgress?: DownloadOptions["onProgress"];
  readonly onStopped: () => void;
};

const MAX_CANDIDATES = 500;
const MAX_LIARS = 1_000;
const CONNECT_MS = 5_000;
const STALLED_MS = 30_000;
const BAN_MS = 600_000;
const DISPUTE_MS = 5_000;
const FINISHED_PEER_MS = 600_000;

/** One torrent in the swarm, seeding or downloading. */
export class Share {
  readonly torrent: Torrent;
  /** Settles when every piece is verified and on disk, or when that can no longer happen. */
  readonly finished: Promise<DownloadResult>;
  readonly #context: ShareContext;
  readonly #options: ShareOptions;
  readonly #neighbours: Neighbours;
  readonly #suspects = new Suspects<Link>();
  /** Peer ids. */
  readonly #liars = new Set<string>();
  readonly #progress: ProgressReporter;
  readonly #outcome = Promise.withResolvers<DownloadResult>();
  readonly #verified: Uint8Array;
  /** Verified, or about to be: right, but not yet on disk. */
  readonly #proven: Uint8Array;
  #completedBytes = 0;
  #resumedBytes = 0;
  #uploadedBytes = 0;
  #moving: Moving | undefined;
  #trackers: TrackerClient | undefined;
  #stopped: Promise<void> | undefined;

  constructor(context: ShareContext, options: ShareOptions) {
    this.torrent = options.torrent;
    this.#context = context;
    this.#options = options;
    this.#verified = new Uint8Array(piecesOf(options.torrent));
    this.#proven = new Uint8Array(piecesOf(options.torrent));
    this.#progress = createProgressReporter(() => options.onProgress?.(this.#snapshot()));
    this.finished = this.#outcome.promise;
    // A seeding has nobody who waits for the outcome.
    this.finished.catch(() => {});
    this.#neighbours = new Neighbours({
      limits: { links: context.maxLinks, candidates: MAX_CANDIDATES, connectMs: CONNECT_MS },
      localAddress: context.localAddress,
      ownPeerId: context.mover.peerId,
      onDialled: (socket) => this.#link(socket),
      random: Math.random,
      now: () => performance.now(),
    });
  }

  get peers(): number {
    return this.#moving?.peers ?? 0;
  }

  get complete(): boolean {
    return this.#completedBytes === this.torrent.size;
  }

  /** `verified` has one byte a piece; without it, every piece is taken to be there. */
  async start(verified: Uint8Array | undefined): Promise<void> {
    const found = verified ?? this.#verified.map(() => 1);
    for (const [piece, there] of found.entries()) if (there === 1) this.#count(piece);
    this.#resumedBytes = this.#completedBytes;
    const { mover } = this.#context;
    const { torrent, file } = this.#options;
    try {
      this.#moving = await mover.move(torrent, file, verified, this.#events());
    } catch (error) {
      this.#fail(error);
      await this.finished;
    }
    if (this.#stopped !== undefined) {
      await this.#moving?.stop();
      return;
    }
    this.#trackers = this.#announce();
    if (this.complete) this.#finish();
  }

  /** Takes a socket on which this torrent was asked for. */
  accept(socket: Socket, head: Buffer): Refusal | undefined {
    if (this.#neighbours.full) return "too many";
    if (this.#moving === undefined) return "unknown torrent";
    this.#neighbours.accepted(this.#link(socket, head));
    return undefined;
  }

  /** Hangs up on peers that take nothing, and on complete ones once this torrent is complete too. */
  sweep(): void {
    const now = performance.now();
    for (const link of this.#neighbours.links) {
      if (link.stalledMs(now) > STALLED_MS) link.hangUp("stalled");
    }
    if (!this.complete) return;
    for (const link of this.#moving?.completePeers() ?? []) {
      this.#neighbours.rest(link, FINISHED_PEER_MS);
      link.destroy();
    }
  }

  /** Resolves when trackers have been told and the file is closed; `finished` rejects with the reason if it was still open. */
  stop(reason: unknown): Promise<void> {
    this.#stopped ??= this.#stop(reason);
    return this.#stopped;
  }

  async #stop(reason: unknown): Promise<void> {
    this.#outcome.reject(reason);
    this.#progress.stop();
    this.#neighbours.close();
    await Promise.all([this.#trackers?.close(), this.#moving?.stop()]);
    await this.#options.file.close();
    this.#options.onStopped();
  }

  #link(socket: Socket, head?: Buffer): Link {
    const link = new Link({
      socket,
      torrent: this.torrent,
      pacers: this.#context.pacers,
      ...(head === undefined ? {} : { head }),
      onHandshake: (greeted, peerId) => {
        if (!this.#neighbours.identified(greeted, peerId)) throw new WireViolation("unwanted");
      },
    });
    link.once("close", () => {
      const reason = link.violation?.reason;
      if (reason === undefined || reason === "unwanted") return;
      const { infoHash } = this.torrent;
      this.#context.log({ event: "peer dropped", infoHash, peer: link.id, reason });
    });
    this.#moving?.attach(link);
    return link;
  }

  #announce(): TrackerClient {
    const { infoHash } = this.torrent;
    return createTrackerClient({
      trackers: this.#options.trackers,
      infoHash,
      peerId: this.#context.mover.peerId,
      port: this.#context.port,
      localAddress: this.#context.localAddress,
      counters: () => ({
        uploaded: this.#uploadedBytes,
        downloaded: this.#completedBytes - this.#resumedBytes,
        left: this.torrent.size - this.#completedBytes,
      }),
      onPeers: (peers) => {
        for (const { host, port } of peers) this.#neighbours.found(host, port);
      },
      onFailure: (error) => this.#context.log({ event: "tracker failed", infoHash, error }),
    });
  }

  #events(): MovingEvents {
    const { counters, log } = this.#context;
    const { infoHash } = this.torrent;
    return {
      verified: (piece) => {
        if (this.#verified[piece] === 1) return;
        this.#count(piece);
        this.#progress.changed();
        if (this.complete) this.#finish();
      },
      proven: (piece, bytes) => {
        this.#proven[piece] = 1;
        for (const liar of this.#suspects.proven(piece, bytes)) this.#blame(liar);
      },
      failedPiece: (piece) => {
        counters.badPieces += 1;
        counters.wastedBytes += bytesOfPiece(this.torrent, piece);
        log({ event: "piece failed", infoHash, piece });
        this.#judge(piece);
      },
      received: (link, piece, offset, bytes) => {
        counters.downloadedBytes += bytes.length;
        const wanted = this.#proven[piece] !== 1;
        const first = wanted && this.#suspects.received(piece, offset, bytes, link);
        if (!first) counters.wastedBytes += bytes.length;
      },
      sent: (bytes) => {
        counters.uploadedBytes += bytes;
        this.#uploadedBytes += bytes;
      },
      unasked: (bytes) => {
        counters.downloadedBytes += bytes;
        counters.wastedBytes += bytes;
      },
      misbehaved: (link, reason) => this.#drop(link, BAN_MS, reason),
      readFailed: (error) => log({ event: "read failed", infoHash, error }),
      failed: (error) => this.#fail(error),
    };
  }

  #fail(error: unknown): void {
    const { infoHash } = this.torrent;
    this.#context.log({ event: "torrent failed", infoHash, error });
    const problem = `torrent ${infoHash} failed: ${error}`;
    const known = error instanceof BtError;
    void this.stop(known ? error : new BtError("STORAGE_FAILED", problem, { cause: error }));
  }

  /**
   * Whoever gave a whole bad piece is banned. If several gave it, a known liar among them explains it; else all but one are left alone for a while,
   * so that the next try tells.
   */
  #judge(piece: number): void {
    const failure = this.#suspects.failed(piece);
    if (failure.kind === "sole") {
      this.#blame(failure.source);
      return;
    }
    if (failure.sources.some((link) => this.#liars.has(link.peerId ?? ""))) return;
    const kept = Math.floor(Math.random() * failure.sources.length);
    for (const [index, link] of failure.sources.entries()) {
      if (index !== kept) this.#drop(link, DISPUTE_MS);
    }
  }

  #blame(liar: Link): void {
    if (this.#liars.size >= MAX_LIARS) this.#liars.clear();
    if (liar.peerId !== undefined) this.#liars.add(liar.peerId);
    this.#drop(liar, BAN_MS);
  }

  #drop(link: Link, ms: number, reason: ViolationReason = "wrong pieces"): void {
    this.#neighbours.ban(link, ms);
    link.hangUp(reason);
  }

  #count(piece: number): void {
    this.#verified[piece] = 1;
    this.#proven[piece] = 1;
    this.#completedBytes += bytesOfPiece(this.torrent, piece);
  }

  #finish(): void {
    this.#progress.finish();
    if (this.#resumedBytes < this.torrent.size) this.#trackers?.completed();
    const peerBytes = this.torrent.size - this.#resumedBytes;
    this.#outcome.resolve({ resumedBytes: this.#resumedBytes, peerBytes });
  }

  #snapshot(): Progress {
    return {
      completedBytes: this.#completedBytes,
      resumedBytes: this.#resumedBytes,
      downloadBytesPerSecond: this.#moving?.downloadBytesPerSecond ?? 0,
      peers: this.peers,
    };
  }
}
