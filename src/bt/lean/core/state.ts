// What the core knows: plain objects that its parts read and change. Nothing here decides.
import { type Counters, createCounters } from "./counters.ts";
import type { Doubt } from "./doubts.ts";
import { createListState, type ListState } from "./hashlist.ts";
import type { ImageLimits } from "./image-limits.ts";
import type {
  BlobKey,
  BlobSpec,
  Lease,
  LinkEnd,
  LinkId,
  Message,
  Output,
  Peer,
  Policy,
  Range,
} from "./messages.ts";
import {
  type Bucket,
  createBucket,
  createMedian,
  createRateMeter,
  type Median,
  type RateMeter,
} from "./meters.ts";
import type { OpenPiece } from "./open-pieces.ts";
import { type Bitmap, createBitmap, createPieces, type Pieces } from "./pieces.ts";

export type Blob = {
  readonly key: BlobKey;
  readonly group: string;
  /** One at least. */
  images: readonly string[];
  /** Its images' limits make it wait until then. */
  readonly untilMs: { download: number; upload: number };
  readonly startedMs: number;
  priority: number;
  rank: number;
  readonly pieces: Pieces;
  readonly list: ListState;
  /** moving: pieces are missing, or their hashes. done: the digest was right. */
  phase: "moving" | "proving" | "rechecking" | "done";
  readonly open: Map<number, OpenPiece>;
  readonly channels: Set<Channel>;
  /** Came here from elsewhere than peers, so it is ours to deal out. */
  isOrigin: boolean;
  lease: Lease | undefined;
  isFetching: boolean;
  /** Its stream from the registry was begun under this lease; and how many hashes were known before that. */
  hasBegun: boolean;
  /** The piece that the stream has come to. */
  streamAt: number;
  adopted: number;
  isDealing: boolean;
  /** Whether to deal must be looked at again. */
  isDealingStale: boolean;
  /** Pieces dealt and not known to have arrived; before `dealtUpTo` nothing is left to deal; blocks given away once. */
  readonly dealt: Map<number, Channel>;
  dealtUpTo: number;
  /** Dealt pieces that nobody but the taker has; and those to be dealt to somebody else as well. */
  readonly unspread: Map<number, { readonly channel: Channel; readonly sinceMs: number }>;
  readonly again: Set<number>;
  readonly given: Bitmap;
  /** Peers that deal have left us without work: ask them for anything. */
  ignoresDealing: boolean;
  /** Pieces that came in since peers were last told. */
  newPieces: number[];
  /** Pieces on disk whose hash is not known again yet, after their list was retracted or replaced. */
  parked: { readonly hashes: Uint8Array; readonly held: Bitmap } | undefined;
  /** Pieces that were bad with blocks of several nodes, and the nodes that alone gave a bad one since: asked of one node at a time. */
  readonly retries: Map<number, Set<string>>;
  /** Bad pieces of which the issuer must say the hash before anybody is blamed. */
  readonly suspects: Map<number, ReadonlySet<string>>;
  /** Nodes that said hashes the issuer did not make, and which. */
  readonly doubts: Map<string, Doubt>;
  lastArrivalMs: number;
  lastGrowthMs: number;
  lastLeaseAskMs: number;
  /** How often we left it to others to fetch, on their word, since a peer brought a piece. */
  promises: number;
  /** When to ask for a lease, if nothing has come by then. */
  leaseDueMs: number | undefined;
  lastIssuerAskMs: number;
  isIssuerAsked: boolean;
  /** Every piece fits the list, and yet the digest is another: the list is wrong, or ours is not the issuer's. */
  isDisproven: boolean;
};

export type Ask = Range & {
  readonly link: Link;
  readonly channel: Channel;
  readonly open: OpenPiece;
  readonly askedMs: number;
  /** Suggested by an origin: outside the budget. */
  readonly isDealt: boolean;
  /** Asked for again elsewhere in the end game. */
  isDoubled: boolean;
};

export type Link = {
  readonly id: LinkId;
  readonly peer: Peer;
  readonly dialled: boolean;
  /** Agent links have a direction; foreign ones go both ways. */
  readonly mayAsk: boolean;
  readonly mayServe: boolean;
  readonly isLocal: boolean;
  /** The link of the same pair in the other direction. */
  twin: Link | undefined;
  readonly channels: Map<Blob, Channel>;
  /** Blobs it opened that we do not know (yet). */
  readonly unknownKeys: Set<BlobKey>;
  /** Blobs whose channel the other side closed, since it does not have them: not asked for again before that time. */
  readonly refusedKeys: Map<BlobKey, number>;
  readonly asks: Set<Ask>;
  inFlight: number;
  /** All that it can be asked for is paused until then. */
  pausedUntilMs: number;
  /** When the first pause of one of its channels ends; 0 when there is none. */
  pauseEndsMs: number;
  /** The state's `version` when there was nothing to ask it for. */
  dryAt: number;
  overdue: number;
  slowSinceMs: number | undefined;
  isSlow: boolean;
  readonly down: RateMeter;
  readonly askTimes: Median;
  readonly requests: Request[];
  /** Payload handed over to be sent, and not in the kernel yet; when the last of it was. */
  socketBytes: number;
  handedMs: number;
  readonly up: RateMeter;
  openDeals: number;
  noDealsUntilMs: number;
  usedMs: number;
};

export type Request = Range & { readonly channel: Channel; readonly atMs: number };

/** One blob on one link. */
export type Channel = {
  readonly link: Link;
  readonly blob: Blob;
  readonly theirs: Bitmap;
  /** They said what they hold. */
  hasSpoken: boolean;
  /** Missing pieces that they hold. */
  useful: number;
  isChoking: boolean;
  isInteresting: boolean;
  /** They said "later": they are not asked for it until then, each time for longer. */
  pausedUntilMs: number;
  pauseMs: number;
  /** They deal: ask for what they suggest. */
  isDealing: boolean;
  readonly suggested: Set<number>;
  /** Its pieces count as sources. */
  isSource: boolean;
  isChoked: boolean;
  isInterested: boolean;
  unchokedMs: number;
  /** How much of which list they were sent. */
  cursor: number;
  generation: number;
  readonly deals: Map<number, Deal>;
  /** Pieces it was dealt that nobody else has. */
  readonly unspread: Set<number>;
};

export type Deal = { readonly atMs: number; readonly bytes: number };

export type KnownPeer = {
  readonly peer: Peer;
  failures: number;
  isDialling: boolean;
  notBeforeMs: number;
  wasBusy: boolean;
};

export type Group = {
  readonly peers: Map<string, KnownPeer>;
  askedMs: number;
  isAnswered: boolean;
  /** Pieces dealt, for fair turns between images of one priority. */
  dealt: number;
};

export type Strikes = { count: number; untilMs: number };

export type State = {
  readonly policy: Policy;
  readonly random: () => number;
  now: number;
  out: Output[];
  readonly blobs: Map<BlobKey, Blob>;
  readonly links: Map<LinkId, Link>;
  readonly groups: Map<string, Group>;
  readonly struck: Map<string, Strikes>;
  /** Asks under way, oldest first. */
  readonly asks: Set<Ask>;
  inFlight: number;
  dealtInFlight: number;
  /** Bytes of open pieces. */
  poolUsed: number;
  poolBytes: number;
  readonly down: RateMeter;
  readonly up: RateMeter;
  /** Bytes of deals that came to their HAVE. */
  readonly dealt: RateMeter;
  readonly askTimes: Median;
  readonly dealTimes: Median;
  readonly downBucket: Bucket;
  readonly upBucket: Bucket;
  readonly imageLimits: Map<string, ImageLimits>;
  /** Blobs whose images' limits make them wait. */
  readonly waiting: Set<Blob>;
  /** Pieces to pick from, and whether that is out of date. */
  window: { readonly blob: Blob; readonly piece: number }[];
  isWindowStale: boolean;
  /** How often a piece was picked, and how often one was dealt. */
  picks: number;
  turns: number;
  /** Open pieces with cells nobody was asked for. */
  readonly partial: Map<OpenPiece, Blob>;
  /** Counts up whenever there may be something new to ask for. */
  version: number;
  /** What the step's end has to do. */
  mustAsk: boolean;
  mustServe: boolean;
  mustDeal: boolean;
  /** Blobs whose peers are to be told something with the next batch. */
  readonly news: Set<Blob>;
  /** Blobs that are to be fetched, and since when: who says within `listenMs` that it fetches goes first. */
  readonly listening: Map<Blob, number>;
  /** Blobs that are not done. */
  readonly unfinished: Set<Blob>;
  /** Links to hang up at the step's end. */
  readonly hangUps: Map<Link, { readonly reason: LinkEnd; readonly others: readonly Peer[] }>;
  mustLookForPeers: boolean;
  /** The foreign clients' turns are to be looked at. */
  mustRotate: boolean;
  /** When the next ask may be made, and the next block be sent, if something waits for that. */
  askAtMs: number | undefined;
  serveAtMs: number | undefined;
  /** Blobs in work order, or undefined when that is to be sorted again. */
  order: readonly Blob[] | undefined;
  lastArrivalMs: number;
  openDealBytes: number;
  toldMs: number;
  lookedMs: number;
  secondMs: number;
  wakeAtMs: number;
  latenessMs: number;
  isPoolFull: boolean;
  uploadWaitedMs: number;
  readonly counters: Counters;
};

const POOL_BYTES = 32 * 1024 * 1024;

export function createState(policy: Policy, random: () => number): State {
  return {
    policy,
    random,
    now: 0,
    out: [],
    blobs: new Map(),
    links: new Map(),
    groups: new Map(),
    struck: new Map(),
    asks: new Set(),
    inFlight: 0,
    dealtInFlight: 0,
    poolUsed: 0,
    poolBytes: POOL_BYTES,
    down: createRateMeter(0),
    up: createRateMeter(0),
    dealt: createRateMeter(0),
    askTimes: createMedian(),
    dealTimes: createMedian(),
    downBucket: createBucket(),
    upBucket: createBucket(),
    imageLimits: new Map(),
    waiting: new Set(),
    window: [],
    isWindowStale: true,
    picks: 0,
    turns: 0,
    partial: new Map(),
    version: 0,
    mustAsk: false,
    mustServe: false,
    mustDeal: false,
    news: new Set(),
    listening: new Map(),
    unfinished: new Set(),
    hangUps: new Map(),
    mustLookForPeers: false,
    mustRotate: false,
    askAtMs: undefined,
    serveAtMs: undefined,
    order: undefined,
    lastArrivalMs: 0,
    openDealBytes: 0,
    toldMs: Number.NEGATIVE_INFINITY,
    lookedMs: Number.NEGATIVE_INFINITY,
    secondMs: Number.NEGATIVE_INFINITY,
    wakeAtMs: Number.POSITIVE_INFINITY,
    latenessMs: 0,
    isPoolFull: false,
    uploadWaitedMs: Number.NEGATIVE_INFINITY,
    counters: createCounters(),
  };
}

export function createBlob(spec: BlobSpec, nowMs: number): Blob {
  const pieces = createPieces(spec.size, spec.pieceBytes);
  return {
    key: spec.key,
    group: spec.group,
    images: imagesOf(spec),
    untilMs: { download: 0, upload: 0 },
    startedMs: spec.startedMs,
    priority: spec.priority,
    rank: spec.rank,
    pieces,
    list: createListState(pieces.count),
    phase: "moving",
    open: new Map(),
    channels: new Set(),
    isOrigin: false,
    lease: undefined,
    isFetching: false,
    hasBegun: false,
    streamAt: 0,
    adopted: 0,
    isDealing: false,
    isDealingStale: false,
    dealt: new Map(),
    dealtUpTo: 0,
    unspread: new Map(),
    again: new Set(),
    given: createBitmap(pieces.count),
    ignoresDealing: false,
    newPieces: [],
    parked: undefined,
    retries: new Map(),
    suspects: new Map(),
    doubts: new Map(),
    lastArrivalMs: nowMs,
    lastGrowthMs: nowMs,
    lastLeaseAskMs: nowMs,
    promises: 0,
    leaseDueMs: undefined,
    lastIssuerAskMs: Number.NEGATIVE_INFINITY,
    isIssuerAsked: false,
    isDisproven: false,
  };
}

export const imagesOf = ({ images, group }: BlobSpec): readonly string[] =>
  images === undefined || images.length === 0 ? [group] : images;

export function createLink(state: State, id: LinkId, peer: Peer, dialled: boolean): Link {
  const isForeign = peer.kind === "foreign";
  return {
    id,
    peer,
    dialled,
    mayAsk: isForeign || dialled,
    mayServe: isForeign || !dialled,
    isLocal: isForeign || peer.zone === state.policy.zone,
    twin: undefined,
    channels: new Map(),
    unknownKeys: new Set(),
    refusedKeys: new Map(),
    asks: new Set(),
    inFlight: 0,
    pausedUntilMs: 0,
    pauseEndsMs: 0,
    dryAt: -1,
    overdue: 0,
    slowSinceMs: undefined,
    isSlow: false,
    down: createRateMeter(state.now),
    askTimes: createMedian(),
    requests: [],
    socketBytes: 0,
    handedMs: Number.NEGATIVE_INFINITY,
    up: createRateMeter(state.now),
    openDeals: 0,
    noDealsUntilMs: 0,
    usedMs: state.now,
  };
}

export const createChannel = (link: Link, blob: Blob): Channel => ({
  link,
  blob,
  theirs: createBitmap(blob.pieces.count),
  hasSpoken: false,
  useful: 0,
  isChoking: true,
  isInteresting: false,
  pausedUntilMs: 0,
  pauseMs: 0,
  isDealing: false,
  suggested: new Set(),
  isSource: false,
  isChoked: true,
  isInterested: false,
  unchokedMs: 0,
  cursor: 0,
  generation: -1,
  deals: new Map(),
  unspread: new Set(),
});

export const isForeign = (link: Link): boolean => link.peer.kind === "foreign";

export function send(state: State, channel: Channel, message: Message): void {
  state.out.push({ do: "send", link: channel.link.id, key: channel.blob.key, message });
}

export function askIssuer(state: State, blob: Blob): void {
  const ISSUER_RETRY_MS = 1_000;
  blob.isIssuerAsked = true;
  if (state.now - blob.lastIssuerAskMs < ISSUER_RETRY_MS) return;
  blob.lastIssuerAskMs = state.now;
  state.out.push({ do: "askIssuer", key: blob.key });
}

export function hangUp(
  state: State,
  link: Link,
  reason: LinkEnd,
  others: readonly Peer[] = [],
): void {
  if (!state.hangUps.has(link)) state.hangUps.set(link, { reason, others });
}
