/** One blob as a single-file BitTorrent v1 torrent (BEP 3), always private (BEP 27). The same bytes always give the same torrent. */
export type Torrent = {
  /** SHA-1 of the info dictionary, 40 hex digits. */
  readonly infoHash: string;
  /** The blob's SHA-256, 64 hex digits: also the name of the torrent's one file. */
  readonly name: string;
  /** Bytes; never 0, since an empty blob is made from its digest. */
  readonly size: number;
  /** Bytes, a power of two. */
  readonly pieceLength: number;
  /** The SHA-1 of each piece, 20 bytes each. */
  readonly pieces: Uint8Array;
};

/** Bytes a second; 0 means no limit. */
export type Rates = { readonly upload: number; readonly download: number };

export type Progress = {
  /** Verified bytes, those found on disk included. */
  readonly completedBytes: number;
  /** Verified bytes that were on disk when the download began. */
  readonly resumedBytes: number;
  readonly downloadBytesPerSecond: number;
  readonly peers: number;
};

export type DownloadOptions = {
  /** Announce URLs; all are used. */
  readonly trackers: readonly string[];
  /** Called after verified pieces came in, at most every 100 ms, and once when everything is there. */
  onProgress?(progress: Progress): void;
};

export type DownloadResult = { readonly resumedBytes: number; readonly peerBytes: number };

export type SwarmStats = {
  readonly torrents: number;
  readonly peers: number;
  /** Payload since the start. */
  readonly uploadedBytes: number;
  readonly downloadedBytes: number;
  /** Received, and thrown away: a bad hash or a duplicate. */
  readonly wastedBytes: number;
  readonly badPieces: number;
};

/** What an engine can do beyond the contract; callers and the contract suite branch on these, never on an engine's name. */
export type Capabilities = {
  /** Serves pieces of a blob that is still being fetched. */
  readonly cutThrough: boolean;
};

/** An engine that moves blobs between peers. It trusts no peer: a byte counts when its piece has the right SHA-1. */
export interface Swarm {
  readonly capabilities: Capabilities;
  /** The address and port that peers connect to. */
  readonly listening: { readonly host: string; readonly port: number };
  /**
   * Serves a complete file whose content the caller has verified; it is not read again for that.
   * Resolves when peers can have it. Seeding the same torrent twice is one seeding.
   * @throws BtError STORAGE_FAILED when the file is absent or has another size.
   */
  seed(torrent: Torrent, file: string, trackers: readonly string[]): Promise<void>;
  /**
   * Downloads into `file`, which may hold pieces from an earlier run: they are checked and kept. Resolves when every
   * piece is verified and on disk (the caller then proves the whole by its SHA-256). Afterwards the torrent is served from the
   * open file, which the caller may rename, until it is dropped.
   * An abort rejects with the signal's reason, stops the torrent and keeps the verified pieces.
   * @throws BtError DISK_FULL, STORAGE_FAILED; what was verified stays on disk.
   */
  download(
    torrent: Torrent,
    file: string,
    options: DownloadOptions,
    signal: AbortSignal,
  ): Promise<DownloadResult>;
  /** Stops serving or downloading; unknown info hashes are ignored. Files stay. */
  drop(infoHash: string): Promise<void>;
  /** Takes effect at once for transfers under way. */
  setRates(rates: Rates): void;
  stats(): SwarmStats;
  /** Announces `stopped`, closes every socket and file. Later calls throw SWARM_CLOSED. */
  close(): Promise<void>;
}
