import { type Bencoded, decode } from "../bencode.ts";

/** Why a peer is hung up on; a fixed set, fit for counting. */
export type ViolationReason =
  | "handshake"
  | "another torrent"
  | "unwanted"
  | "message too long"
  | "malformed message"
  | "piece out of range"
  | "wrong bitfield"
  | "bad extension message"
  | "flood"
  | "unasked pieces"
  | "wrong pieces"
  | "stalled"
  | "timeout";

export class WireViolation extends Error {
  override readonly name = "WireViolation";
  readonly reason: ViolationReason;
  constructor(reason: ViolationReason) {
    super(`hung up on a peer: ${reason}`);
    this.reason = reason;
  }
}

export const HANDSHAKE_BYTES = 68;
const PROTOCOL = Buffer.from("\u0013BitTorrent protocol", "latin1");
export const MAX_BLOCK_BYTES = 128 * 1024;
const MAX_MESSAGE_BYTES = 64 * 1024;
const MAX_HELD_CHUNKS = 256;
/** Messages that carry nothing (keep-alive, choke, interest), in one minute. */
const MAX_EMPTY_MESSAGES = 600;
const MINUTE_MS = 60_000;
const EXTENSION_LIMITS = { bytes: MAX_MESSAGE_BYTES, depth: 5, values: 500, sorted: false };

const PIECE = 7;
const BITFIELD = 5;
const EXTENDED = 20;
/** What each message of BEP 3 and BEP 6 carries besides its id. */
const CARRIES = new Map<number, "nothing" | "piece index" | "block" | "port">([
  [0, "nothing"], // choke
  [1, "nothing"], // unchoke
  [2, "nothing"], // interested
  [3, "nothing"], // not interested
  [4, "piece index"], // have
  [6, "block"], // request
  [8, "block"], // cancel
  [9, "port"],
  [13, "piece index"], // suggest
  [14, "nothing"], // have all
  [15, "nothing"], // have none
  [16, "block"], // reject
  [17, "piece index"], // allowed fast
]);

export type GuardedTorrent = {
  readonly infoHash: string;
  readonly size: number;
  readonly pieceLength: number;
};

export type WireGuard = {
  /** Hands on what may pass, in order. Only bytes of blocks are handed on before their message is complete. */
  pass(chunk: Buffer, forward: (bytes: Buffer) => void): void;
};

/**
 * Stands between a peer's socket and a library's codec, and lets only well-formed messages through (BEP 3, 6, 10).
 * `pass` throws a WireViolation, after which the connection is to be closed.
 */
export function createWireGuard(
  torrent: GuardedTorrent,
  onHandshake: (peerId: string) => void,
  now: () => number = () => performance.now(),
): WireGuard {
  const guard = new Guard(torrent, onHandshake, now);
  return { pass: (chunk, forward) => guard.pass(chunk, forward) };
}

/** What the first 68 bytes of a connection say. */
export function readHandshake(bytes: Buffer): { infoHash: string; peerId: string } {
  if (!bytes.subarray(0, PROTOCOL.length).equals(PROTOCOL)) throw new WireViolation("handshake");
  return { infoHash: bytes.toString("hex", 28, 48), peerId: bytes.toString("hex", 48, 68) };
}

class Guard {
  readonly #torrent: GuardedTorrent;
  readonly #pieces: number;
  readonly #onHandshake: (peerId: string) => void;
  readonly #now: () => number;
  #greeted = false;
  #messages = 0;
  #emptyMessages = 0;
  #minuteBegan: number;
  /** Bytes of a block that may still pass unseen. */
  #passing = 0;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #wanted = 0;

  constructor(torrent: GuardedTorrent, onHandshake: (peerId: string) => void, now: () => number) {
    this.#torrent = torrent;
    this.#pieces = Math.ceil(torrent.size / torrent.pieceLength);
    this.#onHandshake = onHandshake;
    this.#now = now;
    this.#minuteBegan = now();
  }

  pass(arrived: Buffer, forward: (bytes: Buffer) => void): void {
    const chunk = this.#joinHeld(arrived);
    if (chunk === undefined) return;
    let at = 0;
    let from = 0;
    const flush = () => {
      if (at > from) forward(chunk.subarray(from, at));
    };
    while (at < chunk.length) {
      if (this.#passing > 0) {
        const bytes = Math.min(this.#passing, chunk.length - at);
        this.#passing -= bytes;
        at += bytes;
        continue;
      }
      const wanted = this.#bytesToJudge(chunk, at);
      if (chunk.length - at < wanted) {
        flush();
        this.#hold(chunk.subarray(at), wanted);
        return;
      }
      if (this.#judge(chunk.subarray(at, at + wanted))) {
        at += wanted;
      } else {
        flush();
        at += wanted;
        from = at;
      }
    }
    flush();
  }

  #joinHeld(arrived: Buffer): Buffer | undefined {
    if (this.#heldBytes === 0) return arrived;
    this.#hold(arrived, this.#wanted);
    if (this.#heldBytes < this.#wanted) return undefined;
    const joined = Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    return joined;
  }

  #hold(bytes: Buffer, wanted: number): void {
    this.#wanted = wanted;
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#held.length > MAX_HELD_CHUNKS) this.#held = [Buffer.concat(this.#held)];
  }

  /** How many bytes from `at` on must be there before the message can be judged. */
  #bytesToJudge(chunk: Buffer, at: number): number {
    if (!this.#greeted) return HANDSHAKE_BYTES;
    const there = chunk.length - at;
    if (there < 4) return 4;
    const length = chunk.readUInt32BE(at);
    if (length === 0) return 4;
    if (length > MAX_BLOCK_BYTES + 9) throw new WireViolation("message too long");
    if (there < 5) return 5;
    if (chunk[at + 4] === PIECE) return 5;
    if (length > MAX_MESSAGE_BYTES) throw new WireViolation("message too long");
    return 4 + length;
  }

  /** Whether the message may pass; if not, it is left out. */
  #judge(message: Buffer): boolean {
    if (!this.#greeted) return this.#greet(message);
    this.#messages += 1;
    const length = message.readUInt32BE(0);
    const id = message[4];
    if (length === 0 || id === undefined) return this.#countEmpty();
    if (id === PIECE) {
      if (length <= 9) throw new WireViolation("malformed message");
      this.#passing = length - 1;
      return true;
    }
    if (id === BITFIELD) return this.#judgeBitfield(message.subarray(5));
    if (id === EXTENDED) return judgeExtended(message.subarray(5));
    return this.#judgePlain(id, message.subarray(5));
  }

  #greet(message: Buffer): boolean {
    const { infoHash, peerId } = readHandshake(message);
    if (infoHash !== this.#torrent.infoHash) throw new WireViolation("another torrent");
    this.#greeted = true;
    this.#onHandshake(peerId);
    return true;
  }

  #countEmpty(): boolean {
    if (this.#now() - this.#minuteBegan > MINUTE_MS) {
      this.#minuteBegan = this.#now();
      this.#emptyMessages = 0;
    }
    this.#emptyMessages += 1;
    if (this.#emptyMessages > MAX_EMPTY_MESSAGES) throw new WireViolation("flood");
    return true;
  }

  #judgeBitfield(bits: Buffer): boolean {
    const spare = bits.length * 8 - this.#pieces;
    const last = bits.at(-1) ?? 0;
    // BEP 3: the spare bits at the end are zero.
    if (spare < 0 || spare > 7 || (last & ((1 << spare) - 1)) !== 0) {
      throw new WireViolation("wrong bitfield");
    }
    return true;
  }

  #judgePlain(id: number, body: Buffer): boolean {
    switch (CARRIES.get(id)) {
      case "nothing":
        if (body.length !== 0) throw new WireViolation("malformed message");
        return this.#countEmpty();
      case "piece index":
        if (body.length !== 4) throw new WireViolation("malformed message");
        if (body.readUInt32BE(0) >= this.#pieces) throw new WireViolation("piece out of range");
        return true;
      case "block":
        if (body.length !== 12) throw new WireViolation("malformed message");
        return this.#judgeBlock(body.readUInt32BE(0), body.readUInt32BE(4), body.readUInt32BE(8));
      default:
        // DHT ports are of no use here, and messages of other extensions mean nothing to us.
        return false;
    }
  }

  #judgeBlock(piece: number, offset: number, length: number): boolean {
    const { size, pieceLength } = this.#torrent;
    const bytes = Math.min(pieceLength, size - piece * pieceLength);
    if (piece >= this.#pieces || offset + length > bytes) {
      throw new WireViolation("piece out of range");
    }
    if (length === 0 || length > MAX_BLOCK_BYTES) throw new WireViolation("malformed message");
    return true;
  }
}

const METADATA_REQUEST = /^d8:msg_typei0e5:piecei\d{1,4}ee$/;

/**
 * BEP 10. Libraries decode these with parsers that never return from some inputs, so nothing passes that is not known to be good:
 * the handshake when it is proper bencoding, requests for metadata (BEP 9), and lt_donthave's four bytes.
 */
function judgeExtended(body: Buffer): boolean {
  const id = body[0];
  const payload = body.subarray(1);
  if (id !== 0) return payload.length === 4 || METADATA_REQUEST.test(payload.toString("latin1"));
  if (!isExtensionHandshake(payload)) throw new WireViolation("bad extension message");
  return true;
}

function isExtensionHandshake(payload: Buffer): boolean {
  let value: Bencoded;
  try {
    value = decode(payload, EXTENSION_LIMITS);
  } catch {
    return false;
  }
  return value instanceof Map && isExtensionNumbers(value.get("m"));
}

/** BEP 10's `m`: a dictionary from extension names to message numbers. */
const isExtensionNumbers = (m: unknown): boolean =>
  m === undefined ||
  (m instanceof Map &&
    [...m].every(([name, id]) => /^[\w.-]{1,64}$/.test(name) && typeof id === "number"));
