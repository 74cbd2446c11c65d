import type { Message, Range } from "./core/messages.ts";
import { readControl, readMessage } from "./decode-message.ts";
import {
  type Control,
  HASH_BYTES,
  ID,
  MAX_BLOCK_BYTES,
  MAX_BUSY_BYTES,
  MAX_EXTENDED_BYTES,
  MAX_FRAME_BYTES,
  MAX_HASHES,
  MAX_PIECES,
  ProtocolError,
} from "./protocol.ts";

/** What a decoder finds, in order. On plain connections the channel is 0. Whatever these throw ends the decoding. */
export type DecoderEvents = {
  message(channel: number, message: Message): void;
  control(control: Control): void;
  extended(id: number, payload: Uint8Array): void;
  /** A block begins: where its bytes go, or undefined to throw them away. Throws when nobody asked for it. */
  blockBegins(channel: number, range: Range): Uint8Array | undefined;
  blockEnded(channel: number, range: Range): void;
};

/** Frames that say so little that there is no reason for many of them, in one minute. */
const MAX_EMPTY = 1_200;
const MINUTE_MS = 60_000;
const NOTHING = new Uint8Array();

/**
 * Turns bytes into messages as they come, however they are cut. A block's bytes are copied once, to where they belong; other bodies are views into
 * the chunk when they are whole in it. `push` throws a ProtocolError, after which the connection is to be closed.
 */
export class Decoder {
  /** Frames of agent links have a channel. May be changed by an event, for the frames after it. */
  mode: "plain" | "link" = "plain";
  readonly #events: DecoderEvents;
  readonly #now: () => number;
  /** Length, channel, id, and of a block piece and offset. */
  readonly #head = Buffer.alloc(15);
  #headHas = 0;
  #headNeeds = 4;
  #channel = 0;
  #id = 0;
  #body: Buffer | undefined;
  #bodyHas = 0;
  #bodyNeeds = 0;
  #block: Range | undefined;
  #target: Uint8Array | undefined;
  #blockHas = 0;
  #stopped = false;
  #empty = 0;
  #emptySince = 0;

  constructor(events: DecoderEvents, now: () => number = () => performance.now()) {
    this.#events = events;
    this.#now = now;
    this.#emptySince = now();
  }

  /** Nothing is decoded any more, also not the rest of the chunk at hand. */
  stop(): void {
    this.#stopped = true;
    this.#target = undefined;
  }

  /** The rest of the block at hand is thrown away; it is told of when it ends all the same. */
  discardBlock(): void {
    this.#target = undefined;
  }

  push(bytes: Uint8Array): void {
    // Into shared memory, `copy` is a third cheaper than `set`.
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    let at = 0;
    while (at < chunk.length && !this.#stopped) {
      if (this.#block !== undefined) at = this.#takeBlock(chunk, at, this.#block);
      else if (this.#bodyNeeds > 0) at = this.#takeBody(chunk, at);
      else at = this.#takeHead(chunk, at);
    }
  }

  #takeHead(chunk: Buffer, at: number): number {
    const bytes = Math.min(chunk.length - at, this.#headNeeds - this.#headHas);
    for (let i = 0; i < bytes; i++) this.#head[this.#headHas + i] = chunk[at + i] ?? 0;
    this.#headHas += bytes;
    if (this.#headHas === this.#headNeeds) this.#readHead();
    return at + bytes;
  }

  #readHead(): void {
    const idAt = this.#idAt;
    if (this.#headHas === 4) this.#readLength(this.#head.readUInt32BE(0));
    else if (this.#headHas === idAt + 1) this.#readId(this.#head.readUInt32BE(0) - (idAt - 3));
    else this.#beginBlock();
  }

  get #idAt(): number {
    return this.mode === "link" ? 6 : 4;
  }

  #endHead(): void {
    this.#headHas = 0;
    this.#headNeeds = 4;
  }

  #readLength(length: number): void {
    if (length > MAX_FRAME_BYTES) throw new ProtocolError("message too long");
    if (length === 0) {
      this.#endHead();
      this.#countEmpty();
      return;
    }
    if (length < this.#idAt - 3) throw new ProtocolError("malformed message");
    this.#headNeeds = this.#idAt + 1;
  }

  #readId(bodyBytes: number): void {
    const idAt = this.#idAt;
    this.#id = this.#head[idAt] ?? 0;
    this.#channel = this.mode === "link" ? this.#head.readUInt16BE(4) : 0;
    if (this.#isBlock()) {
      if (bodyBytes <= 8) throw new ProtocolError("malformed message");
      this.#headNeeds = idAt + 9;
      return;
    }
    this.#endHead();
    if (bodyBytes > this.#most()) throw new ProtocolError("message too long");
    if (bodyBytes === 0) this.#dispatch(NOTHING);
    this.#bodyNeeds = bodyBytes;
  }

  #isBlock = (): boolean => this.#id === ID.piece && (this.mode === "plain" || this.#channel !== 0);

  #most(): number {
    if (this.mode === "link" && this.#channel === 0) return MAX_BUSY_BYTES;
    if (this.#id === ID.extended) return MAX_EXTENDED_BYTES + 1;
    if (this.#id === ID.hashes) return MAX_HASHES * HASH_BYTES + 12;
    return MAX_PIECES / 8;
  }

  #beginBlock(): void {
    const at = this.#idAt + 1;
    const bytes = this.#head.readUInt32BE(0) - (at - 4) - 8;
    if (bytes > MAX_BLOCK_BYTES) throw new ProtocolError("message too long");
    const piece = this.#head.readUInt32BE(at);
    const range = { piece, offset: this.#head.readUInt32BE(at + 4), bytes };
    this.#endHead();
    this.#target = this.#events.blockBegins(this.#channel, range);
    this.#block = range;
    this.#blockHas = 0;
  }

  #takeBlock(chunk: Buffer, at: number, range: Range): number {
    const bytes = Math.min(chunk.length - at, range.bytes - this.#blockHas);
    if (this.#target !== undefined) chunk.copy(this.#target, this.#blockHas, at, at + bytes);
    this.#blockHas += bytes;
    if (this.#blockHas === range.bytes) {
      this.#block = undefined;
      this.#target = undefined;
      this.#events.blockEnded(this.#channel, range);
    }
    return at + bytes;
  }

  #takeBody(chunk: Buffer, at: number): number {
    const needs = this.#bodyNeeds;
    const bytes = Math.min(chunk.length - at, needs - this.#bodyHas);
    const part = chunk.subarray(at, at + bytes);
    if (bytes === needs) {
      this.#bodyNeeds = 0;
      this.#dispatch(part);
      return at + bytes;
    }
    this.#body ??= Buffer.allocUnsafe(needs);
    this.#body.set(part, this.#bodyHas);
    this.#bodyHas += bytes;
    if (this.#bodyHas === needs) {
      const body = this.#body;
      this.#body = undefined;
      this.#bodyHas = 0;
      this.#bodyNeeds = 0;
      this.#dispatch(body);
    }
    return at + bytes;
  }

  #countEmpty(): void {
    const now = this.#now();
    if (now - this.#emptySince > MINUTE_MS) {
      this.#emptySince = now;
      this.#empty = 0;
    }
    this.#empty += 1;
    if (this.#empty > MAX_EMPTY) throw new ProtocolError("flood");
  }

  #dispatch(bytes: Uint8Array): void {
    const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    if (body.length === 0) this.#countEmpty();
    if (this.mode === "link" && this.#channel === 0) {
      this.#events.control(readControl(this.#id, body));
      return;
    }
    if (this.#id === ID.extended && this.mode === "plain") {
      if (body.length === 0) throw new ProtocolError("malformed message");
      this.#events.extended(body[0] ?? 0, body.subarray(1));
      return;
    }
    const message = readMessage(this.#id, body, this.mode);
    if (message !== undefined) this.#events.message(this.#channel, message);
  }
}
