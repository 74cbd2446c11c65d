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

/** Where a blob can be had when no peer brings anything. */
export type Fallback = {
  /** The blob's bytes from there on. When it fails, it is asked again after peers have brought nothing for another while. */
  open(fromByte: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
};

export type DownloadOptions = {
  /** Announce URLs; all are used. */
  readonly trackers: readonly string[];
  /** Called after verified pieces came in, at most every 100 ms, and once when everything is there. */
  onProgress?(progress: Progress): void;
  /** Used by engines with `capabilities.cutThrough`: what it gives is served to others piece by piece, and of several who could one goes first. */
  readonly fallback?: Fallback;
};

export type DownloadResult = {
  readonly resumedBytes: number;
  /** Without what came by the fallback. */
  readonly peerBytes: number;
  /** The engine has also checked the file's SHA-256; otherwise that is the caller's to do. */
  readonly proven?: true;
};

/** A blob whose piece hashes need not be known yet: 64 hex digits of its SHA-256, and its bytes. */
export type NamedBlob = Pick<Torrent, "name" | "size">;

/** A blob that is served while its file is still being written, piece after piece from the first on. */
export type GrowingBlob = {
  /** The next piece is in the file, at its place; this is its SHA-1. Peers can have it from now on. */
  pieceWritten(hash: Uint8Array): void;
  /** What was written so far is void, and the file begins anew, perhaps as another file at the same path. Peers are told to forget its hashes. */
  restart(): void;
  /**
   * Every piece was written, and the SHA-256 of the whole is right. From now on it is seeded like any other torrent, from the open file, which may
   * be renamed; `seed` of the same torrent changes nothing, and `drop` ends it.
   */
  complete(torrent: Torrent): Promise<void>;
  /** Stops serving it, and retracts its hashes; the file stays. Does nothing after `complete`. */
  abandon(): Promise<void>;
};

export type NamedDownloadOptions = DownloadOptions & {
  /**
   * Asked when peers tell different piece hashes: the hashes that whoever fetched the blob has made so far, over a way that a peer cannot forge,
   * 20 bytes a piece from the first on. Undefined when it cannot be reached.
   */
  issuerHashes?(signal: AbortSignal): Promise<Uint8Array | undefined>;
};

/** The torrent was made from hashes that peers told, and the file's SHA-256 is right: so it is the torrent of exactly this blob. */
export type NamedDownloadResult = Required<DownloadResult> & { readonly torrent: Torrent };

/** What is wanted of an image: `blobs` in the order of its manifest, which is the order in which they are to come. */
export type ImageOrder = {
  /** Any name that no other image has. */
  readonly image: string;
  readonly blobs: readonly NamedBlob[];
  /** Of several images, what a higher one has use for goes first; a lower one gets the rest, and a little always. */
  readonly priority: number;
  /** Of its blobs together, under the rates of the engine. Of several images that want a blob, the fastest counts. */
  readonly rates: Rates;
};

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

/** Why a blob does not go on, as far as an engine can tell. */
export type Explanation = {
  /** All that hold, the one that matters most first. `code` is a word of a small fixed set. */
  readonly findings: readonly { readonly code: string; readonly text: string }[];
  /** The links that carry this blob. */
  readonly links: readonly PeerLink[];
  /** At index n, the pieces that n linked peers hold. */
  readonly copiesHistogram: readonly number[];
};

export type PeerLink = {
  /** As the peer tells it: text that is not to be trusted. `address` is where it accepts links. */
  readonly peer: {
    readonly node: string;
    readonly zone: string;
    readonly address: string;
    readonly kind: "agent" | "foreign";
  };
  /** By us. */
  readonly dialled: boolean;
  /** Bytes asked for and not here yet, over all blobs; so are the rates. */
  readonly inFlight: number;
  readonly downBps: number;
  readonly upBps: number;
  /** Median milliseconds from asking for a block until it is here. */
  readonly askMs: number;
  /** Pieces of this blob. */
  readonly holds: number;
  /** How often the peer was blamed. */
  readonly strikes: number;
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
   * The lean engine reads each piece once against its hash before it first gives it away, and again when the file was changed; one that is
   * not right any more is given to nobody, and `onDamaged` is called.
   * @throws BtError STORAGE_FAILED when the file is absent or has another size.
   */
  seed(
    torrent: Torrent,
    file: string,
    trackers: readonly string[],
    onDamaged?: () => void,
  ): Promise<void>;
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
  /**
   * Serves a blob while its file is being written; there with `capabilities.cutThrough`. `file` need not exist before the first piece is written.
   * Peers find it under its swarm name (see `swarmName`), which the trackers must admit.
   * @throws BtError STORAGE_FAILED when this blob is being downloaded or served already.
   */
  seedGrowing?(blob: NamedBlob, file: string, trackers: readonly string[]): Promise<GrowingBlob>;
  /**
   * As `download`, when all that is known is the blob's digest and size; there with `capabilities.cutThrough`. The hashes come from peers, the pieces as
   * soon as anybody has them; resolves when the SHA-256 is right. What an earlier run left in `file` and in `<file>.state` is checked and kept;
   * `<file>.state` is gone afterwards.
   * @throws BtError DISK_FULL, STORAGE_FAILED; what was verified stays on disk. DIGEST_MISMATCH when the issuer's own hashes lead to other bytes.
   */
  downloadNamed?(
    blob: NamedBlob,
    file: string,
    options: NamedDownloadOptions,
    signal: AbortSignal,
  ): Promise<NamedDownloadResult>;
  /** Stops serving or downloading; unknown info hashes are ignored. Files stay. Takes a swarm name, too. */
  drop(infoHash: string): Promise<void>;
  /** Takes effect at once for transfers under way. */
  setRates(rates: Rates): void;
  /**
   * Replaces what was said of images before; blobs that are of none have priority 0 and the engine's rates. Takes effect at once for
   * transfers under way, and for those to come. There with engines that can.
   */
  setImages?(images: readonly ImageOrder[]): void;
  stats(): SwarmStats;
  /** Why a blob does not go on; undefined for one that is not here. There with engines that can tell. */
  explain?(blob: NamedBlob): Explanation | undefined;
  /**
   * Agents that are said to have something of a blob that is being downloaded, as HOST:PORT: they are asked besides those that trackers name.
   * Of a blob that is not here, or is whole, nothing happens. There with engines that can.
   */
  suggest?(blob: NamedBlob, addresses: readonly string[]): void;
  /**
   * The verified pieces of a blob that is downloaded or served: one bit each, the first is the highest of the first byte. Undefined for one
   * that is not here. There with engines that can tell.
   */
  heldPieces?(blob: NamedBlob): Uint8Array | undefined;
  /** Announces `stopped`, closes every socket and file. Later calls throw SWARM_CLOSED. */
  close(): Promise<void>;
}
