import type { BlobFile } from "../blob-file.ts";
import type { Torrent } from "../swarm.ts";
import type { Link } from "./link.ts";
import type { ViolationReason } from "./wire-guard.ts";

/** What happens to a torrent while its pieces move. */
export type MovingEvents = {
  /** The piece has the right hash and is in the file. */
  verified(piece: number): void;
  /** A complete piece, about to be written. */
  proven(piece: number, bytes: Uint8Array): void;
  /** A complete piece had a wrong hash and was thrown away. */
  failedPiece(piece: number): void;
  /** A block that was asked for. */
  received(link: Link, piece: number, offset: number, bytes: Uint8Array): void;
  sent(bytes: number): void;
  /** Bytes of a block that nobody asked for, or not any more. */
  unasked(bytes: number): void;
  misbehaved(link: Link, reason: ViolationReason): void;
  readFailed(error: unknown): void;
  /** Nothing moves any more, because of this. */
  failed(error: unknown): void;
};

export type Moving = {
  readonly peers: number;
  readonly downloadBytesPerSecond: number;
  /** Takes over a link whose handshake with the peer is still to be made. */
  attach(link: Link): void;
  /** Links to peers that have every piece. */
  completePeers(): Link[];
  /** Resolves when the file is no longer in use. */
  stop(): Promise<void>;
};

/** The part of a swarm that a library does: speak to peers, choose pieces, check their hashes. It sees neither sockets nor trackers. */
export type PieceMover = {
  /** 20 bytes as hex (BEP 20). */
  readonly peerId: string;
  /** Resolves when links can be attached. `verified` has one byte a piece; without it, every piece is taken to be there. */
  move(
    torrent: Torrent,
    file: BlobFile,
    verified: Uint8Array | undefined,
    events: MovingEvents,
  ): Promise<Moving>;
  close(): Promise<void>;
};
