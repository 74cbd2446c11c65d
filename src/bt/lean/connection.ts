import type { Socket } from "node:net";
import { addressOf, plainAddress } from "../peer-address.ts";
import { Channels, type Opened } from "./channels.ts";
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
import { type Control, ProtocolError, type Violation } from "./protocol.ts";
import { allBits, judge, pieceCountOf, type Shape } from "./shape.ts";

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
  readonly #channels: Channels;
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
    this.#channels = new Channels((key) => options.shapeOf(key));
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
    if (message.id === "request") this.#channels.asked(key, message);
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
    return this.key === key || this.#channels.carries(key);
  }

  /** Closes the blob's channels both ways. */
  closeChannel(key: BlobKey): void {
    if (!this.#isLink || this.closed) return;
    const channel = this.#channelFor(key);
    if (channel === undefined || channel === "none") return;
    this.#write(encodeControl({ control: "close", channel }));
    this.#channels.retire(key);
    // Blocks that were asked for may be on their way.
    setTimeout(() => this.#channels.forgetAsks(key), LATE_BLOCKS_MS).unref();
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

  #openedOn(channel: number): Opened {
    const opened = this.#isLink ? this.#channels.theirs(channel) : this.#plainOpened();
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
    const ours = this.#channels.ours(key);
    if (ours === undefined) return "none";
    const { channel, opens } = ours;
    if (opens !== undefined) {
      this.#write(encodeControl({ control: "open", channel, name: key, ...opens }));
    }
    return channel;
  }

  #controlled(control: Control): void {
    switch (control.control) {
      case "open": {
        const key = control.name as BlobKey;
        const shape = { size: control.size, pieceLength: control.pieceLength };
        this.#channels.opened(control.channel, key, shape);
        return;
      }
      case "close": {
        const { key, retired } = this.#channels.closed(control.channel);
        if (!retired) this.#options.events.channelClosed(this, key);
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

  #heard(channel: number, message: Message): void {
    const { key, shape, retired } = this.#openedOn(channel);
    judge(message, shape);
    if (message.id === "reject" || message.id === "later") this.#channels.answered(key, message);
    if (!retired) this.#options.events.message(this, key, message);
  }

  #blockBegins(channel: number, range: Range): Uint8Array | undefined {
    const { key, retired } = this.#openedOn(channel);
    if (!this.#channels.answered(key, range)) throw new ProtocolError("unasked piece");
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
