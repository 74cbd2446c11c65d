// What goes into the core of the lean engine and what comes out. The core holds no socket, clock, file or block: a shell turns events
// into inputs, carries out the outputs in order, and so can be the real engine, a simulator or a fuzzer. Nothing in this directory
// imports anything from elsewhere.

export type LinkId = number & { readonly __brand: "LinkId" };
/** Names a blob to the core; the shell picks it (the swarm's name in hex). */
export type BlobKey = string & { readonly __brand: "BlobKey" };

/** A block: `bytes` from `offset` on in a piece. */
export type Range = { readonly piece: number; readonly offset: number; readonly bytes: number };

export type Peer = {
  /** Identity. An agent's is the same on both directions of a pair; of a foreign client any unique text does. */
  readonly node: string;
  readonly zone: string;
  /** Where it accepts links, also when it was the one to dial. */
  readonly address: string;
  /** "foreign": any BitTorrent client, plain BEP 3. */
  readonly kind: "agent" | "foreign";
};

/** The SHA-1 of the first pieces of a blob, 20 bytes each, in order, as one issuer made them. */
export type HashList = {
  /** Counts up when another issuer takes over, or a list turned out wrong. */
  readonly generation: number;
  readonly issuer: number;
  readonly hashes: Uint8Array;
};

/** The right to take a blob from its registry, from `fromPiece` on. */
export type Lease = {
  readonly generation: number;
  readonly issuer: number;
  readonly fromPiece: number;
};

export type BlobSpec = {
  readonly key: BlobKey;
  readonly size: number;
  readonly pieceBytes: number;
  /** Peers are looked for once for all blobs of a group. */
  readonly group: string;
  /** The images that want it, by any names; of which the first says whose turn is used for it. The group alone unless said. */
  readonly images?: readonly string[];
  /** Work order is (priority, highest first; startedMs; rank). */
  readonly priority: number;
  readonly startedMs: number;
  /** Place in the manifest. */
  readonly rank: number;
  /** The pieces already on disk and checked: BEP 3 bitfield, the highest bit of the first byte is piece 0. Bits without a hash in `list` are not believed. */
  readonly held: Uint8Array;
  /** What is known of the hashes: all of them for a complete blob or when a torrent is at hand, a prefix after a restart. */
  readonly list?: HashList;
  /** The blob's digest was right: it is served, and never proven again. */
  readonly proven?: boolean;
  readonly lease?: Lease;
};

/** BEP 3 and 6 by name, ids 32 to 35 of our own between agents. Payload (`piece`) is not among them. */
export type Message =
  | { readonly id: "choke" | "unchoke" | "interested" | "notInterested" | "haveAll" | "haveNone" }
  | { readonly id: "have"; readonly piece: number }
  | { readonly id: "bitfield"; readonly bits: Uint8Array }
  | ({ readonly id: "request" | "cancel" | "reject" } & Range)
  | { readonly id: "suggest"; readonly piece: number }
  /** 32: hashes of pieces from `first` on; always sent before the HAVE of any of them. At most 4,096 a message. */
  | ({ readonly id: "hashes"; readonly first: number } & HashList)
  /** 33 */
  | { readonly id: "retract"; readonly generation: number }
  /** 35, between agents: not now, since others wait. A `reject` says that the sender does not have it. */
  | ({ readonly id: "later" } & Range)
  /** 34: "ask me only for what I suggest" and the end of that. An origin says so before it says what it has. */
  | { readonly id: "dealing"; readonly on: boolean };

/** Why a link or a dial ended, for counting. "busy": the other side has no room. */
export type LinkEnd = "closed" | "refused" | "busy" | "protocol" | "timeout" | "idle" | "struck";

export type Input =
  /** It is as late as the last `wakeAt` asked for. Early or extra ticks do no harm. */
  | { readonly on: "tick" }
  /** Download or serve it; what `held` and `proven` say tells which. Again for a known key: new priority, rank and images. */
  | { readonly on: "blobWanted"; readonly blob: BlobSpec }
  /** The core forgets it, and closes its channels. The shell frees the pool slots of its open pieces. */
  | { readonly on: "blobDropped"; readonly key: BlobKey }
  /** From the tracker, a busy hint, or anybody; never trusted to be complete. */
  | { readonly on: "peersFound"; readonly group: string; readonly peers: readonly Peer[] }
  /** Handshakes are over. A dialled agent link only downloads, an accepted one only uploads; a foreign link does both. */
  | {
      readonly on: "linkUp";
      readonly link: LinkId;
      readonly peer: Peer;
      readonly dialled: boolean;
      /** Foreign links carry one blob. */
      readonly key?: BlobKey;
    }
  | { readonly on: "linkDown"; readonly link: LinkId; readonly reason: LinkEnd }
  | { readonly on: "dialFailed"; readonly peer: Peer; readonly reason: LinkEnd }
  | {
      readonly on: "message";
      readonly link: LinkId;
      readonly key: BlobKey;
      readonly message: Message;
    }
  /** The other side closed the blob's channel of this link. Unanswered asks of it are lost. */
  | { readonly on: "channelClosed"; readonly link: LinkId; readonly key: BlobKey }
  /**
   * A block that was asked for on this link came in whole. The first copy of a block fills the piece's pool slot; the shell throws later
   * ones away, and reports them as well. A block nobody asked for on this link is the shell's to refuse: it closes the link.
   */
  | ({ readonly on: "blockArrived"; readonly link: LinkId; readonly key: BlobKey } & Range)
  /** A block left for the kernel; `queuedBytes` of payload still wait in user space on this link. */
  | { readonly on: "blockSent"; readonly link: LinkId; readonly queuedBytes: number }
  /** Answers `checkPiece`. ok: the hash is right and the bytes are on disk. Either way the pool slot is free again. */
  | {
      readonly on: "pieceChecked";
      readonly key: BlobKey;
      readonly piece: number;
      readonly ok: boolean;
    }
  | { readonly on: "leaseGranted"; readonly key: BlobKey; readonly lease: Lease }
  /** The lease ended, or the registry failed. Not sent after the last piece was fetched. */
  | { readonly on: "leaseLost"; readonly key: BlobKey; readonly reason: string }
  /** From the registry under a lease, in order: hashed, and on disk. */
  | {
      readonly on: "pieceFetched";
      readonly key: BlobKey;
      readonly piece: number;
      readonly hash: Uint8Array;
    }
  /** Answers `proveBlob`: the digest. */
  | { readonly on: "blobProven" | "blobDisproven"; readonly key: BlobKey }
  /** Answers `recheckBlob`: the pieces that are not on disk as their hashes say. */
  | { readonly on: "blobRechecked"; readonly key: BlobKey; readonly bad: readonly number[] }
  /** Answers `askIssuer`, or comes unasked (a torrent that just got complete). "silent": nobody answered. */
  | {
      readonly on: "issuerList";
      readonly key: BlobKey;
      readonly answer: HashList | "retracted" | "silent";
    }
  /** Under the node's own limits; bytes a second, 0: no limit. */
  | {
      readonly on: "imageLimits";
      readonly image: string;
      readonly uploadBps: number;
      readonly downloadBps: number;
    }
  | {
      readonly on: "capacity";
      /** What open pieces may fill, together. */
      readonly poolBytes: number;
      /** 0: no limit. */
      readonly uploadBps: number;
      readonly downloadBps: number;
    };

export type Output =
  | { readonly do: "dial"; readonly peer: Peer }
  /** "busy": tell it `others` to try first. */
  | {
      readonly do: "hangUp";
      readonly link: LinkId;
      readonly reason: LinkEnd;
      readonly others: readonly Peer[];
    }
  /** Ask the tracker; the answer is `peersFound`. */
  | { readonly do: "findPeers"; readonly group: string; readonly want: number }
  /** Get the list from who made it, over an authenticated way. Answer with `issuerList`. */
  | { readonly do: "askIssuer"; readonly key: BlobKey }
  /** Nobody brings new pieces: ask for the lease, or fall back to the registry if that is allowed. Repeated at most every `leaseMs`. */
  | { readonly do: "askLease"; readonly key: BlobKey }
  /** The channel opens with the first message for a key. */
  | {
      readonly do: "send";
      readonly link: LinkId;
      readonly key: BlobKey;
      readonly message: Message;
    }
  | { readonly do: "closeChannel"; readonly link: LinkId; readonly key: BlobKey }
  /** Read the block from disk and send it; answer with `blockSent`. */
  | ({ readonly do: "sendBlock"; readonly link: LinkId; readonly key: BlobKey } & Range)
  /** Every block of it is in the pool slot. Answer with `pieceChecked`. */
  | {
      readonly do: "checkPiece";
      readonly key: BlobKey;
      readonly piece: number;
      readonly expected: Uint8Array;
    }
  /** The open piece is given up: free its slot. No `pieceChecked` follows. */
  | { readonly do: "abandonPiece"; readonly key: BlobKey; readonly piece: number }
  /** Every piece is on disk. Answer with `blobProven` or `blobDisproven`. */
  | { readonly do: "proveBlob"; readonly key: BlobKey }
  /** Hash every piece from disk again. Answer with `blobRechecked`. `hashes` is the whole list. */
  | { readonly do: "recheckBlob"; readonly key: BlobKey; readonly hashes: Uint8Array }
  /** The list is complete and its blob proven: it can be named, stored and announced by its infohash. */
  | { readonly do: "listProven"; readonly key: BlobKey; readonly list: HashList }
  /** Stream the blob from the registry, from this piece on. */
  | { readonly do: "fetch"; readonly key: BlobKey; readonly fromPiece: number }
  /** Peers have what comes next, somebody else is ahead with fetching, or the list was retracted: stop the stream. */
  | { readonly do: "stopFetch"; readonly key: BlobKey }
  /** These pieces on disk are worth nothing: take them out of the resume state. */
  | { readonly do: "discard"; readonly key: BlobKey; readonly pieces: readonly number[] }
  /** For the log and the controller; what follows from it, the core does itself. */
  | {
      readonly do: "blame";
      readonly peer?: Peer;
      readonly generation?: number;
      readonly finding: Finding;
    }
  /** Send a `tick` then. Each one replaces the one before. */
  | { readonly do: "wakeAt"; readonly nowMs: number };

export type Finding = { readonly code: FindingCode; readonly text: string };

export type FindingCode =
  | "NotAssigned"
  | "NoTracker"
  | "NoPeers"
  | "AllBusy"
  | "NoHashes"
  | "OriginStalled"
  | "PiecesNowhere"
  | "UploadLimited"
  | "PoolFull"
  | "DiskSlow"
  | "LoopSlow"
  | "PeersSlow"
  | "Verifying"
  | "Done"
  /** These four come with `blame` only. */
  | "BadPiece"
  | "BadHashes"
  | "BadList"
  | "SlowAnswers";

/** Milliseconds and bytes; `defaultPolicy` has the values that were measured. */
export type Policy = {
  /** Own node and zone. */
  readonly node: string;
  readonly zone: string;
  /** The pieces to pick from: the first so many that are missing, and to be had. */
  readonly windowPieces: number;
  /** How much of the link is asked for at a time, over all links, and a link. */
  readonly budgetMs: number;
  readonly linkMs: number;
  readonly blockBytes: number;
  readonly foreignBlockBytes: number;
  /** Links to dial are `maxDegree` at most; below `degree` more peers are looked for. */
  readonly degree: number;
  readonly maxDegree: number;
  readonly crossZone: number;
  /** Links to accept. */
  readonly maxAccepted: number;
  readonly maxForeign: number;
  /** Uploads to foreign clients at a time. */
  readonly foreignSlots: number;
  /** A request is overdue after max(this, 4 x median). */
  readonly deadlineMs: number;
  /** Asks for what was not suggested when nothing came so long. */
  readonly noSourceMs: number;
  readonly endGamePieces: number;
  readonly endGameMs: number;
  /** Requests of one link that wait here; more are rejected. */
  readonly requestsPerLink: number;
  readonly haveEveryMs: number;
  readonly idleMs: number;
  readonly stallMs: number;
  /** A blob that gets nothing new for so long, and up to `leaseJitterMs` more by chance, wants a lease: so that of many nodes one is the first. */
  readonly leaseMs: number;
  readonly leaseJitterMs: number;
  /** A stream from the registry is begun so long after its lease, should somebody else be first. */
  readonly listenMs: number;
};

/** Monotonic sums, for metrics; gauges say so. */
export type CoreStats = {
  readonly receivedBytes: number;
  readonly crossZoneBytes: number;
  readonly sentBytes: number;
  readonly wastedBytes: {
    readonly duplicate: number;
    readonly badHash: number;
    readonly late: number;
  };
  readonly pieces: { readonly ok: number; readonly bad: number };
  readonly originPieces: {
    readonly dealt: number;
    readonly redealt: number;
    readonly repeated: number;
  };
  readonly rejectsSent: number;
  readonly retractions: number;
  /** Gauges. */
  readonly links: { readonly dialled: number; readonly accepted: number };
  readonly inFlightBytes: number;
  readonly budgetBytes: number;
  readonly poolBytes: number;
};

export type LinkView = {
  readonly peer: Peer;
  readonly dialled: boolean;
  /** Bytes asked for and not here yet. */
  readonly inFlight: number;
  readonly downBps: number;
  readonly upBps: number;
  /** Median time from ask to block. */
  readonly askMs: number;
  /** Pieces of this blob. */
  readonly holds: number;
  readonly strikes: number;
};

export type Explanation = {
  /** Every finding that holds; the first one is why it does not go on. */
  readonly findings: readonly Finding[];
  readonly links: readonly LinkView[];
  /** At index n, the pieces that n linked peers hold. */
  readonly copiesHistogram: readonly number[];
};

export interface Core {
  /** Appends to `out`, which the caller owns and empties. `nowMs` never goes back. */
  step(nowMs: number, input: Input, out: Output[]): void;
  explain(key: BlobKey): Explanation;
  stats(): CoreStats;
}
