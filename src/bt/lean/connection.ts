import type { Socket } from "node:net";
import { addressOf, plainAddress } from "../peer-address.ts";
import { Decoder } from "./codec.ts";
import type { BlobKey, LinkEnd, LinkId, Message, Peer, Range } from "./core/messages.ts";
import {
  type Channel,
  encodeBlockHead,
  encodeControl,
  encodeExtended,
  encodeMessage,
  KEEP_ALIVE,
} from "./encode.ts";
import { GREETING_BYTES, type Greeting, readGreeting } from "./handshake.ts";
import { type Control, MAX_CHANNELS, ProtocolError, type Violation } from "./protocol.ts";

/** What is known of a blob from its name: it limits what a peer may say about it. */
export type Shape = {
  readonly size: number;
  readonly pieceLength: number;
};

export type ConnectionEvents = {
  /** BEP 3's handshake has come; may throw a ProtocolError. */
  greeted(connection: Connection, greeting: Greeting): void;
  extended(connection: Connection, id: number, payload: Uint8Array): void;
  message(connection: Connection, key: BlobKey, message: Message): void;
  channelClosed(connection: Connection, key: BlobKey): void;
  busy(connection: Connection, addresses: readonly string[]): void;
  /** A block that was asked for begins; the answer is as in DecoderEvents. */
  blockBegins(connection: Connection, key: BlobKey, range: Range): Uint8Array | undefined;
  blockEnded(connection: Connection, key: BlobKey, range: Range): void;
  closed(connection: Connection, reason: LinkEnd): void;
};

export type ConnectionOptions = {
  readonly id: LinkId;
  readonly socket: Socket;
  readonly dialled: boolean;
  /** The shape of a blob that is here. */
  shapeOf(key: BlobKey): Shape | undefined;
  readonly events: ConnectionEvents;
};

type Opened = {
  readonly key: BlobKey;
  readonly shape: Shape;
  /** Closed by us: what the peer had sent before it heard of that still comes in. */
  retired: boolean;
};

/** What may wait to be sent to a peer that does not read, blocks left out. */
const MAX_UNSENT_BYTES = 4 * 1024 * 1024;
const MAX_REJECTS = 1_000;
const LATE_BLOCKS_MS = 60_000;

/** One socket to a peer: bytes on one side, messages about blobs on the other. Closes itself on whatever a peer must not do. */
export class Connection {
  readonly id: LinkId;
  readonly dialled: boolean;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Set once the handshakes are over. */
  peer: Peer | undefined;
  /** The one blob of a plain connection. */
  key: BlobKey | undefined;
  greeting: Greeting | undefined;
  /** The id that a foreign client gave ut_metadata. */
  utMetadata: number | undefined;
  violation: Violation | undefined;
  /** Payload that has not left for the kernel. */
  queuedBytes = 0;
  /** When something last came in, and was last sent. */
  heardMs: number;
  spokeMs: number;
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #decoder: Decoder;
  #greeting: Buffer | undefined = Buffer.alloc(GREETING_BYTES);
  #greetingHas = 0;
  readonly #theirs = new Map<number, Opened>();
  readonly #ours = new Map<BlobKey, number>();
  #lastChannel = 0;
  readonly #asks = new Map<BlobKey, Asks>();
  /** Whose block is coming in, unless nobody wants it any more. */
  #receiving: BlobKey | undefined;
  #rejects = 0;
  #corked = false;
  #end: LinkEnd | undefined;
  #closed = false;
  #stuck = { bytesWritten: -1, sinceMs: 0 };

  constructor(options: ConnectionOptions) {
    const { socket, events } = options;
    this.id = options.id;
    this.dialled = options.dialled;
    this.#socket = socket;
    this.#options = options;
    this.remoteAddress = plainAddress(socket.remoteAddress ?? "");
    this.remotePort = socket.remotePort ?? 0;
    this.heardMs = performance.now();
    this.spokeMs = this.heardMs;
    this.#decoder = new Decoder({
      message: (channel, message) => this.#heard(channel, message),
      control: (control) => this.#controlled(control),
      extended: (id, payload) => events.extended(this, id, payload),
      blockBegins: (channel, range) => this.#blockBegins(channel, range),
      blockEnded: (_channel, range) => {
        const key = this.#receiving;
        this.#receiving = undefined;
        if (key !== undefined) events.blockEnded(this, key, range);
      },
    });
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.on("end", () => socket.destroy());
    socket.on("close", () => {
      this.#decoder.stop();
      this.#closed = true;
      this.queuedBytes = 0;
      events.closed(this, this.#end ?? "closed");
    });
  }

  get address(): string {
    return addressOf(this.remoteAddress, this.remotePort);
  }

  get closed(): boolean {
    return this.#closed || this.#end !== undefined;
  }

  /** Bytes from the socket; they may be overwritten afterwards. */
  received(chunk: Uint8Array): void {
    if (this.closed) return;
    this.heardMs = performance.now();
    try {
      const rest = this.#greeting === undefined ? chunk : this.#greet(chunk, this.#greeting);
      if (rest !== undefined && !this.closed) this.#decoder.push(rest);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.violate(error.violation);
    }
  }

  /** From now on frames have channels. */
  becomeLink(): void {
    this.#decoder.mode = "link";
  }

  violate(violation: Violation): void {
    this.violation ??= violation;
    this.hangUp(violation === "timeout" ? "timeout" : "protocol");
  }

  /** What was written before still leaves. */
  hangUp(reason: LinkEnd, others: readonly string[] = []): void {
    if (this.closed) return;
    this.#decoder.stop();
    if (reason === "busy" && this.#isLink) {
      this.#write(encodeControl({ control: "busy", addresses: others }));
    }
    this.#end = reason;
    this.#socket.destroySoon();
    // Whoever does not read would keep the socket open.
    if (this.#socket.writableLength > 0) setTimeout(() => this.#socket.destroy(), 1_000).unref();
  }

  greet(bytes: Uint8Array): void {
    this.#write(bytes);
  }

  extend(id: number, payload: Uint8Array): void {
    this.#write(encodeExtended(id, payload));
  }

  send(key: BlobKey, message: Message): void {
    if (this.closed) return;
    const channel = this.#channelFor(key);
    if (channel === "none") return;
    if (message.id === "request") this.#noteAsk(key, message);
    if ((message.id === "reject" || message.id === "later") && ++this.#rejects > MAX_REJECTS) {
      this.violate("flood");
      return;
    }
    const said = this.#isLink ? message : this.#plainly(message);
    if (said !== undefined) this.#write(encodeMessage(channel, said));
  }

  /** `sent` is called when the block has left for the kernel, or never will. */
  sendBlock(key: BlobKey, range: Range, block: Uint8Array, sent: () => void): void {
    const channel = this.closed ? "none" : this.#channelFor(key);
    if (channel === "none") {
      sent();
      return;
    }
    this.#rejects = 0;
    this.#cork();
    this.#socket.write(encodeBlockHead(channel, range));
    this.#socket.write(block, () => sent());
    this.spokeMs = performance.now();
  }

  /** The rest of the block that is coming in goes nowhere. */
  discardBlock(): void {
    this.#decoder.discardBlock();
  }

  /** Whether we have said something about the blob here. */
  carries(key: BlobKey): boolean {
    return this.key === key || this.#ours.has(key);
  }

  /** Closes the blob's channels both ways. */
  closeChannel(key: BlobKey): void {
    if (!this.#isLink || this.closed) return;
    const channel = this.#channelFor(key);
    if (channel === undefined || channel === "none") return;
    this.#write(encodeControl({ control: "close", channel }));
    this.#retire(key);
    // Blocks that were asked for may be on their way.
    const forget = () => {
      if (!this.#ours.has(key)) this.#asks.delete(key);
    };
    setTimeout(forget, LATE_BLOCKS_MS).unref();
  }

  /** Sends something small, so that the other side knows that we are there. */
  ping(): void {
    this.#write(this.#isLink ? encodeControl({ control: "ping" }) : KEEP_ALIVE);
  }

  /** For how long the peer has not taken a byte of what waits for it. */
  stuckMs(now: number): number {
    const taken = this.#socket.bytesWritten - this.#socket.writableLength;
    if (this.#socket.writableLength === 0 || taken !== this.#stuck.bytesWritten) {
      this.#stuck = { bytesWritten: taken, sinceMs: now };
    }
    return now - this.#stuck.sinceMs;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  get #isLink(): boolean {
    return this.#decoder.mode === "link";
  }

  #greet(chunk: Uint8Array, greeting: Buffer): Uint8Array | undefined {
    const bytes = Math.min(chunk.length, GREETING_BYTES - this.#greetingHas);
    greeting.set(chunk.subarray(0, bytes), this.#greetingHas);
    this.#greetingHas += bytes;
    if (greeting[0] !== 19) throw new ProtocolError("handshake");
    if (this.#greetingHas < GREETING_BYTES) return undefined;
    this.#greeting = undefined;
    this.greeting = readGreeting(greeting);
    this.#options.events.greeted(this, this.greeting);
    return chunk.subarray(bytes);
  }

  #write(bytes: Uint8Array): void {
    if (this.closed) return;
    this.#cork();
    this.#socket.write(bytes);
    this.spokeMs = performance.now();
    if (this.#socket.writableLength > MAX_UNSENT_BYTES + this.queuedBytes) this.violate("flood");
  }

  /** What is written in one turn of the event loop leaves in one system call. */
  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#socket.cork();
    process.nextTick(() => {
      this.#corked = false;
      this.#socket.uncork();
    });
  }

  #retire(key: BlobKey): void {
    this.#ours.delete(key);
    for (const opened of this.#theirs.values()) if (opened.key === key) opened.retired = true;
  }

  #openedOn(channel: number): Opened {
    const opened = this.#isLink ? this.#theirs.get(channel) : this.#plainOpened();
    if (opened === undefined) throw new ProtocolError("unknown channel");
    return opened;
  }

  /** A plain connection is about one blob. */
  #plainOpened(): Opened | undefined {
    const { key } = this;
    const shape = key && this.#options.shapeOf(key);
    return key && shape && { key, shape, retired: false };
  }

  /** Our number for the blob, which the other side is told first. */
  #channelFor(key: BlobKey): Channel | "none" {
    if (!this.#isLink) return undefined;
    const known = this.#ours.get(key);
    if (known !== undefined) return known;
    const shape = this.#options.shapeOf(key);
    if (shape === undefined || this.#ours.size >= MAX_CHANNELS) return "none";
    this.#lastChannel = (this.#lastChannel % 65_535) + 1;
    while ([...this.#ours.values()].includes(this.#lastChannel)) this.#lastChannel += 1;
    const channel = this.#lastChannel;
    this.#ours.set(key, channel);
    this.#write(encodeControl({ control: "open", channel, name: key, ...shape }));
    return channel;
  }

  #controlled(control: Control): void {
    switch (control.control) {
      case "open": {
        const key = control.name as BlobKey;
        const shape = { size: control.size, pieceLength: control.pieceLength };
        this.#opened(control.channel, key, shape);
        return;
      }
      case "close": {
        const opened = this.#theirs.get(control.channel);
        if (opened === undefined) throw new ProtocolError("unknown channel");
        const { retired } = opened;
        this.#retire(opened.key);
        this.#theirs.delete(control.channel);
        if (!retired) this.#options.events.channelClosed(this, opened.key);
        return;
      }
      case "busy":
        this.#options.events.busy(this, control.addresses);
        this.hangUp("busy");
        return;
      case "ping":
        return;
      default:
        control satisfies never;
    }
  }

  #opened(channel: number, key: BlobKey, shape: Shape): void {
    if (this.#theirs.size >= MAX_CHANNELS) this.#forgetRetired();
    if (this.#theirs.size >= MAX_CHANNELS) throw new ProtocolError("too many channels");
    const isTaken = this.#theirs.get(channel)?.retired === false;
    if (channel === 0 || isTaken) throw new ProtocolError("malformed message");
    const known = this.#options.shapeOf(key);
    const { size, pieceLength } = known ?? shape;
    if (size !== shape.size || pieceLength !== shape.pieceLength || size < 1 || pieceLength < 1) {
      throw new ProtocolError("malformed message");
    }
    this.#theirs.set(channel, { key, shape, retired: false });
  }

  #forgetRetired(): void {
    for (const [channel, { retired }] of this.#theirs) if (retired) this.#theirs.delete(channel);
  }

  #heard(channel: number, message: Message): void {
    const { key, shape, retired } = this.#openedOn(channel);
    judge(message, shape);
    if (message.id === "reject" || message.id === "later") this.#asks.get(key)?.answered(message);
    if (!retired) this.#options.events.message(this, key, message);
  }

  #noteAsk(key: BlobKey, range: Range): void {
    const asks = this.#asks.get(key) ?? new Asks();
    this.#asks.set(key, asks);
    asks.asked(range);
  }

  #blockBegins(channel: number, range: Range): Uint8Array | undefined {
    const { key, retired } = this.#openedOn(channel);
    if (this.#asks.get(key)?.answered(range) !== true) throw new ProtocolError("unasked piece");
    if (retired) return undefined;
    this.#receiving = key;
    return this.#options.events.blockBegins(this, key, range);
  }

  /** How to say it to a client that may lack BEP 6 and has none of our own ids. */
  #plainly(message: Message): Message | undefined {
    const fast = this.greeting?.fast === true;
    switch (message.id) {
      case "hashes":
      case "retract":
      case "dealing":
      case "later":
        return undefined;
      case "haveAll":
      case "haveNone": {
        if (fast) return message;
        const shape = this.key && this.#options.shapeOf(this.key);
        if (shape === undefined || message.id === "haveNone") return undefined;
        return { id: "bitfield", bits: allBits(pieceCountOf(shape)) };
      }
      case "suggest":
      case "reject":
        return fast ? message : undefined;
      default:
        return message;
    }
  }
}

/** Asks that were not answered. One may be made again before the answer to the first is here, and each is answered. */
class Asks {
  readonly #bytesAt = new Map<number, readonly number[]>();

  asked(range: Range): void {
    const place = placeOf(range);
    this.#bytesAt.set(place, [...(this.#bytesAt.get(place) ?? []), range.bytes]);
  }

  /** False when there was no such ask. */
  answered(range: Range): boolean {
    const place = placeOf(range);
    const waiting = this.#bytesAt.get(place) ?? [];
    const index = waiting.indexOf(range.bytes);
    if (index < 0) return false;
    if (waiting.length === 1) this.#bytesAt.delete(place);
    else this.#bytesAt.set(place, waiting.toSpliced(index, 1));
    return true;
  }
}

const placeOf = ({ piece, offset }: Range): number => piece * 2 ** 24 + offset;

export const pieceCountOf = ({ size, pieceLength }: Shape): number => Math.ceil(size / pieceLength);

function allBits(count: number): Uint8Array {
  const bits = new Uint8Array(Math.ceil(count / 8)).fill(0xff);
  if (count % 8 !== 0) bits[bits.length - 1] = 0xff << (8 - (count % 8));
  return bits;
}

/** Whether the message can be about a blob of this shape. */
function judge(message: Message, shape: Shape): void {
  const count = pieceCountOf(shape);
  switch (message.id) {
    case "have":
    case "suggest":
      if (message.piece >= count) throw new ProtocolError("piece out of range");
      return;
    case "bitfield": {
      const spare = message.bits.length * 8 - count;
      const last = message.bits.at(-1) ?? 0;
      if (spare < 0 || spare > 7 || (last & ((1 << spare) - 1)) !== 0) {
        throw new ProtocolError("wrong bitfield");
      }
      return;
    }
    case "request":
    case "cancel":
    case "reject":
    case "later": {
      const { piece, offset, bytes } = message;
      const end = Math.min(shape.pieceLength, shape.size - piece * shape.pieceLength);
      if (piece >= count || bytes === 0 || offset + bytes > end) {
        throw new ProtocolError("piece out of range");
      }
      return;
    }
    case "hashes":
      if (message.first + message.hashes.length / 20 > count) {
        throw new ProtocolError("piece out of range");
      }
      return;
    default:
  }
}
