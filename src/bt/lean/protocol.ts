// The numbers and limits of the wire: BEP 3, 6 and 10, and what agents say besides on their own links.

const KIB = 1024;

export const MAX_BLOCK_BYTES = 128 * KIB;
/** The largest frame is a block with the longest head. */
export const MAX_FRAME_BYTES = MAX_BLOCK_BYTES + 13;
export const MAX_EXTENDED_BYTES = 64 * KIB;
export const MAX_PIECES = 64 * KIB;
export const MAX_HASHES = 4_096;
export const HASH_BYTES = 20;
/** Blobs that one side may have open on a link. */
export const MAX_CHANNELS = 256;
export const MAX_BUSY_ADDRESSES = 5;
const MAX_ADDRESS_BYTES = 80;
export const MAX_BUSY_BYTES = MAX_BUSY_ADDRESSES * MAX_ADDRESS_BYTES;

export const ID = {
  choke: 0,
  unchoke: 1,
  interested: 2,
  notInterested: 3,
  have: 4,
  bitfield: 5,
  request: 6,
  piece: 7,
  cancel: 8,
  port: 9,
  suggest: 13,
  haveAll: 14,
  haveNone: 15,
  reject: 16,
  allowedFast: 17,
  extended: 20,
  hashes: 32,
  retract: 33,
  dealing: 34,
  later: 35,
} as const;

/** Ids on channel 0 of a link. */
export const CONTROL_ID = { open: 0, close: 1, ping: 2, busy: 3 } as const;

/** What an agent says about the link itself. Each side numbers the blobs that it speaks of; the two sides' numbers have nothing to do with each other. */
export type Control =
  /** From now on this number means this blob. `name` is its swarm name, 40 hex digits. */
  | {
      readonly control: "open";
      readonly channel: number;
      readonly name: string;
      readonly size: number;
      readonly pieceLength: number;
    }
  | { readonly control: "close"; readonly channel: number }
  | { readonly control: "ping" }
  /** There is no room here: try these addresses, and close. */
  | { readonly control: "busy"; readonly addresses: readonly string[] };

/** Why a peer was hung up on; a fixed set, fit for counting. */
export type Violation =
  | "handshake"
  | "timeout"
  | "message too long"
  | "malformed message"
  | "piece out of range"
  | "wrong bitfield"
  | "unasked piece"
  | "unknown channel"
  | "another fleet"
  | "unknown torrent"
  | "too many channels"
  | "flood";

export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly violation: Violation;
  constructor(violation: Violation) {
    super(`hung up on a peer: ${violation}`);
    this.violation = violation;
  }
}
