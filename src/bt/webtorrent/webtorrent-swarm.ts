import { once } from "node:events";
import type WebTorrent from "webtorrent";
import type { ChunkStore, Torrent as LibraryTorrent, Wire } from "webtorrent";
import type { BlobFile } from "../blob-file.ts";
import { BtError } from "../errors.ts";
import type { Swarm, Torrent } from "../swarm.ts";
import { bytesOfPiece, encodeMetainfo, piecesOf } from "../torrent.ts";
import type { Link } from "./link.ts";
import type { Moving, MovingEvents, PieceMover } from "./piece-mover.ts";
import { createShellSwarm, type ShellSwarmOptions } from "./swarm-shell.ts";
import { MAX_BLOCK_BYTES } from "./wire-guard.ts";

/** How many blocks a peer may have asked for and not got; told to it as `reqq` (BEP 10). */
const ASKS_ALLOWED = 64;
/** Some clients do not mind `reqq`: beyond these, asks are rejected, and far beyond them the peer is dropped. */
const MAX_ASKS = 128;
const MAX_OWED_BYTES = 2 * 1024 * 1024;
const MAX_REJECTED_ASKS = 1_000;
const MAX_UNASKED_BLOCKS = 64;

/**
 * A swarm whose pieces the webtorrent library moves. The library is kept away from the network, from trackers and from the disk: what it brings for
 * these leaks, crashes or trusts too much.
 * @throws BtError LISTEN_FAILED
 */
export function createWebTorrentSwarm(options: ShellSwarmOptions): Promise<Swarm> {
  return createShellSwarm(options, async ({ port, maxLinks }) => {
    const client = await startLibrary();
    client.on("error", (error: unknown) => options.log?.({ event: "library failed", error }));
    // Not to listen on, it only tells others.
    client.torrentPort = port;
    return {
      peerId: client.peerId,
      move: (torrent, file, verified, events) =>
        move({ client, port, maxLinks, torrent, file, verified, events }),
      close: () => new Promise((resolve) => client.destroy(() => resolve())),
    } satisfies PieceMover;
  });
}

async function startLibrary(): Promise<WebTorrent> {
  const { default: Library } = await import("webtorrent");
  const client = new Library({
    torrentPort: { host: "127.0.0.1", port: 0 },
    tracker: false,
    dht: false,
    lsd: false,
    utPex: false,
    natUpnp: false,
    natPmp: false,
    utp: false,
    webSeeds: false,
    secure: 0,
  });
  await once(client, "listening");
  // Its own listener has no limits. Torrents start only when it listens, so it may, on loopback, until here.
  await new Promise<void>((resolve) => client._connPool?.destroy(() => resolve()));
  client._connPool = null;
  return client;
}

type MoveOptions = {
  client: WebTorrent;
  port: number;
  maxLinks: number;
  torrent: Torrent;
  file: BlobFile;
  verified: Uint8Array | undefined;
  events: MovingEvents;
};

async function move(options: MoveOptions): Promise<Moving> {
  const { client, torrent, file, verified, events } = options;
  const library = client.add(encodeMetainfo(torrent, []), {
    announce: [],
    preloadedStore: chunkStore(torrent, file, events),
    storeCacheSlots: 0,
    strategy: "rarest",
    // One slot a link: choking would only make a leecher wait for the next turn, up to 20 s.
    uploads: options.maxLinks + 1,
    skipVerify: verified === undefined,
    ...(verified === undefined ? {} : { bitfield: packBits(verified) }),
  });
  const links = new Map<string, Link>();
  const linkOfWire = new Map<Wire, Link>();
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {});

  library.on("error", (error: unknown) => {
    failure.reject(error);
    events.failed(error);
  });
  library.on("warning", (error: Error) => {
    const piece = /^Piece (\d+) failed verification$/.exec(error.message)?.[1];
    if (piece !== undefined) events.failedPiece(Number(piece));
  });
  library.on("verified", (piece: number) => events.verified(piece));
  library.on("wire", (wire: Wire, address: string) => {
    const link = links.get(address);
    if (link === undefined) {
      wire.destroy();
      return;
    }
    linkOfWire.set(wire, link);
    link.once("close", () => linkOfWire.delete(wire));
    superviseWire(wire, link, library, options);
  });
  mendAttaching(library);
  library.on("metadata", () => finishOpenPieces(library));
  await Promise.race([once(library, "ready"), failure.promise]);

  return {
    get peers() {
      return linkOfWire.size;
    },
    get downloadBytesPerSecond() {
      return library.destroyed ? 0 : library.downloadSpeed;
    },
    attach: (link) => {
      if (library.destroyed) {
        link.destroy();
        return;
      }
      links.set(link.id, link);
      link.once("close", () => links.delete(link.id));
      library.addPeer(link);
    },
    completePeers: () =>
      [...linkOfWire].filter(([wire]) => hasAll(wire, torrent)).map(([, link]) => link),
    stop: () =>
      new Promise((resolve) => {
        if (library.destroyed) resolve();
        else library.destroy({ destroyStore: false }, () => resolve());
      }),
  };
}

/**
 * Two faults of the library: a link that comes up while its torrent is being destroyed makes it read a property of null, which would end the process;
 * and it does not hear a peer that says with its handshake that it is interested, and lets it wait for up to 10 s.
 */
function mendAttaching(library: LibraryTorrent): void {
  const attach = library._onWireWithMetadata.bind(library);
  library._onWireWithMetadata = (wire) => {
    if (library.destroyed) return;
    attach(wire);
    if (wire.peerInterested) wire.unchoke();
  };
}

/**
 * The library's rarest-first takes up another piece with every block that arrives, until all pieces are open: in memory, and lost when the
 * process is killed. So pieces that are open come first.
 */
function finishOpenPieces(library: LibraryTorrent): void {
  const rarity = library._rarityMap;
  const rarest = rarity.getRarestPiece.bind(rarity);
  const open = new Set<number>();
  rarity.getRarestPiece = (accepts) => {
    for (const piece of open) {
      if (library.bitfield.get(piece)) open.delete(piece);
      else if (hasBlocksToAsk(library, piece) && accepts(piece)) return piece;
    }
    const piece = rarest(accepts);
    if (piece >= 0) open.add(piece);
    return piece;
  };
}

function hasBlocksToAsk(library: LibraryTorrent, piece: number): boolean {
  const state = library.pieces[piece];
  if (state === null || state === undefined) return false;
  return state._reservations < state._chunks || (state._cancellations?.length ?? 0) > 0;
}

function superviseWire(
  wire: Wire,
  link: Link,
  library: LibraryTorrent,
  { events, port }: MoveOptions,
): void {
  wire.extendedHandshake.reqq = ASKS_ALLOWED;
  wire.extendedHandshake.p = port;
  wire.on("extended", (name: unknown) => {
    const theirPort = wire.peerExtendedHandshake.p;
    if (name === "handshake" && typeof theirPort === "number") link.heard(theirPort);
  });
  wire.on("upload", (bytes: number) => events.sent(bytes));
  limitAsks(wire, link, library, events);
  watchBlocks(wire, link, events);
}

/** The library reads every block that is asked for into memory at once, however many there are. */
function limitAsks(wire: Wire, link: Link, library: LibraryTorrent, events: MovingEvents): void {
  const answer = wire._onRequest.bind(wire);
  let rejected = 0;
  wire._onRequest = (piece, offset, length) => {
    if (library.destroyed || link.destroyed) return;
    const owedBytes = wire._readableState.buffered + link.unsentBytes;
    const patient = wire.peerRequests.length < MAX_ASKS && owedBytes < MAX_OWED_BYTES;
    if (!wire.amChoking && patient && library.bitfield.get(piece)) {
      rejected = 0;
      answer(piece, offset, length);
      return;
    }
    rejected += 1;
    if (rejected > MAX_REJECTED_ASKS) events.misbehaved(link, "flood");
    else if (wire.hasFast) wire.reject(piece, offset, length);
  };
}

function watchBlocks(wire: Wire, link: Link, events: MovingEvents): void {
  const take = wire._onPiece.bind(wire);
  let unasked = 0;
  wire._onPiece = (piece, offset, bytes) => {
    const asked = wire.requests.some(
      (ask) => ask.piece === piece && ask.offset === offset && ask.length === bytes.length,
    );
    if (asked) {
      events.received(link, piece, offset, bytes);
      take(piece, offset, bytes);
      return;
    }
    events.unasked(bytes.length);
    unasked += 1;
    if (unasked > MAX_UNASKED_BLOCKS) events.misbehaved(link, "unasked pieces");
  };
}

function hasAll(wire: Wire, torrent: Torrent): boolean {
  for (let piece = 0; piece < piecesOf(torrent); piece += 1) {
    if (!wire.peerPieces.get(piece)) return false;
  }
  return true;
}

/** What the library reads from and writes to. Its callbacks run here, so an exception in them ends this torrent and not the process. */
function chunkStore(torrent: Torrent, file: BlobFile, events: MovingEvents): ChunkStore {
  const settle = (work: Promise<void>) => {
    work.catch((error: unknown) => events.failed(error));
  };
  return {
    chunkLength: torrent.pieceLength,
    get: (piece, range, done) => {
      const offset = range?.offset ?? 0;
      const bytes = bytesOfPiece(torrent, piece);
      const length = range?.length ?? bytes - offset;
      const valid = piece >= 0 && offset >= 0 && length > 0 && offset + length <= bytes;
      if (!valid || (range !== null && length > Math.max(MAX_BLOCK_BYTES, bytes))) {
        queueMicrotask(() => done(new Error(`no such block: ${piece} ${offset} ${length}`)));
        return;
      }
      settle(
        file.read(piece * torrent.pieceLength + offset, length).then(
          (block) => done(null, block),
          (error: unknown) => {
            events.readFailed(error);
            done(asError(error));
          },
        ),
      );
    },
    put: (piece, bytes, done) => {
      events.proven(piece, bytes);
      settle(
        file.write(piece * torrent.pieceLength, bytes).then(
          () => done(null),
          (error: unknown) => done(asError(error)),
        ),
      );
    },
    // The file belongs to whoever opened it.
    close: (done) => done(null),
    destroy: (done) => done(null),
  };
}

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new BtError("STORAGE_FAILED", String(error));

/** BEP 3's bitfield: the first piece is the highest bit. */
function packBits(verified: Uint8Array): Uint8Array {
  const bits = new Uint8Array(Math.ceil(verified.length / 8));
  for (const [piece, there] of verified.entries()) {
    if (there === 1) bits[piece >> 3] = (bits[piece >> 3] ?? 0) | (0x80 >> (piece & 7));
  }
  return bits;
}
