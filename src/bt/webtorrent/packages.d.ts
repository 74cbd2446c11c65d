// The parts of these packages that we use; none of them brings types.

declare module "bencode" {
  const bencode: { encode(value: unknown): Uint8Array; decode(bytes: Uint8Array): unknown };
  export default bencode;
}

declare module "create-torrent" {
  type Options = {
    name: string;
    pieceLength: number;
    private: boolean;
    announceList: readonly (readonly string[])[];
    createdBy?: string;
  };
  export default function createTorrent(
    input: Uint8Array,
    options: Options,
    done: (error: Error | null, metainfo: Uint8Array) => void,
  ): void;
}

declare module "webtorrent" {
  import type { EventEmitter } from "node:events";
  import type { Duplex } from "node:stream";

  export type Request = {
    readonly piece: number;
    readonly offset: number;
    readonly length: number;
  };

  /** bittorrent-protocol's Wire. */
  export interface Wire extends Duplex {
    readonly hasFast: boolean;
    readonly amChoking: boolean;
    readonly peerInterested: boolean;
    readonly peerPieces: { get(piece: number): boolean };
    readonly requests: readonly Request[];
    readonly peerRequests: readonly Request[];
    readonly peerExtendedHandshake: { readonly p?: unknown };
    readonly extendedHandshake: { reqq?: number; p?: number };
    /** streamx's: `buffered` bytes have been pushed and not yet read. */
    readonly _readableState: { readonly buffered: number };
    reject(piece: number, offset: number, length: number): void;
    unchoke(): void;
    _onRequest(piece: number, offset: number, length: number): void;
    _onPiece(piece: number, offset: number, bytes: Uint8Array): void;
  }

  export type Done = (error?: Error | null) => void;

  /** abstract-chunk-store's interface. */
  export type ChunkStore = {
    readonly chunkLength: number;
    get(
      piece: number,
      range: { offset?: number; length?: number } | null,
      done: (error: Error | null, bytes?: Uint8Array) => void,
    ): void;
    put(piece: number, bytes: Uint8Array, done: Done): void;
    close(done: Done): void;
    destroy(done: Done): void;
  };

  export interface Torrent extends EventEmitter {
    readonly destroyed: boolean;
    readonly done: boolean;
    readonly downloadSpeed: number;
    /** null where the piece is there. */
    readonly pieces: readonly ({
      readonly _reservations: number;
      readonly _chunks: number;
      readonly _cancellations: readonly number[] | null;
    } | null)[];
    readonly _rarityMap: { getRarestPiece(accepts: (piece: number) => boolean): number };
    readonly bitfield: { get(piece: number): boolean };
    readonly wires: readonly Wire[];
    addPeer(connection: Duplex): boolean;
    destroy(options: { destroyStore: boolean }, done: Done): void;
    _onWireWithMetadata(wire: Wire): void;
  }

  export type TorrentOptions = {
    announce: readonly string[];
    preloadedStore: ChunkStore;
    storeCacheSlots: number;
    strategy: "rarest" | "sequential";
    uploads: number;
    skipVerify: boolean;
    bitfield?: Uint8Array;
  };

  export default class WebTorrent extends EventEmitter {
    constructor(options: {
      torrentPort: { host: string; port: number };
      tracker: boolean;
      dht: boolean;
      lsd: boolean;
      utPex: boolean;
      natUpnp: boolean;
      natPmp: boolean;
      utp: boolean;
      webSeeds: boolean;
      secure: 0 | 1 | 2;
    });
    readonly peerId: string;
    torrentPort: number;
    add(metainfo: Uint8Array, options: TorrentOptions): Torrent;
    destroy(done: Done): void;
    _connPool: { destroy(done: Done): void } | null;
  }
}

declare module "bittorrent-tracker" {
  import type { EventEmitter } from "node:events";
  import type { Server as HttpServer, ServerOptions } from "node:http";
  import type { AddressInfo } from "node:net";

  export type AnnounceParams = {
    readonly peer_id: string;
    readonly ip: string;
    readonly port: number;
    readonly left: number;
    readonly numwant: number;
    readonly event: string;
    /** Ours: several when it stands in the query more than once. */
    readonly zone?: string | string[];
  };
  export type AnnounceReply = {
    readonly complete: number;
    readonly incomplete: number;
    readonly interval: number;
    readonly peers: readonly {
      readonly peerId: string;
      readonly ip: string;
      readonly port: number;
    }[];
  };
  export type SwarmOfServer = {
    announce(
      params: AnnounceParams,
      done: (error: Error | null, reply?: AnnounceReply) => void,
    ): void;
    scrape(
      params: unknown,
      done: (error: Error | null, counts: { complete: number; incomplete: number }) => void,
    ): void;
  };

  export class Server extends EventEmitter {
    constructor(options: {
      http: ServerOptions;
      udp: false;
      ws: false;
      stats: false;
      trustProxy: false;
      filter(infoHash: string, params: AnnounceParams, done: (error: Error | null) => void): void;
    });
    readonly http: Omit<HttpServer, "address"> & { address(): AddressInfo };
    listen(port: number, host: string): void;
    close(done: () => void): void;
    createSwarm(infoHash: string, done: (error: Error | null, swarm: SwarmOfServer) => void): void;
    getSwarm(infoHash: string, done: (error: Error | null, swarm?: SwarmOfServer) => void): void;
  }
}
