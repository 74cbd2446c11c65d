import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { addressOf, plainAddress } from "../peer-address.ts";
import type { Pacer, Turn } from "./pacer.ts";
import {
  createWireGuard,
  type GuardedTorrent,
  type WireGuard,
  WireViolation,
} from "./wire-guard.ts";

export type LinkOptions = {
  readonly socket: Socket;
  readonly torrent: GuardedTorrent;
  readonly pacers: { readonly upload: Pacer; readonly download: Pacer };
  /** Bytes that were read from the socket already. */
  readonly head?: Buffer;
  /** After the peer's handshake; may throw a WireViolation. */
  onHandshake(link: Link, peerId: string): void;
};

/** A connection to a peer as a codec may see it: guarded on the way in, paced both ways. */
export class Link extends Duplex {
  /** Address and port of the peer's end. */
  readonly id: string;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** For libraries that ask: a link begins with a connected socket. */
  readonly connected = true;
  peerId: string | undefined;
  /** Address and port that the peer listens on, once known: what we dialled, or what it said. */
  listenAddress: string | undefined;
  /** Why we hung up, when we did. */
  violation: WireViolation | undefined;
  readonly #socket: Socket;
  readonly #guard: WireGuard;
  readonly #pacers: LinkOptions["pacers"];
  #turns: { in?: Turn; out?: Turn } = {};
  #readerFull = false;
  #waitingToRead = false;
  #corked = false;
  #stalledSince: number | undefined;
  #sentWhenStalled = 0;

  constructor(options: LinkOptions) {
    super({ allowHalfOpen: false });
    const { socket } = options;
    this.#socket = socket;
    this.#pacers = options.pacers;
    this.remoteAddress = plainAddress(socket.remoteAddress ?? "");
    this.remotePort = socket.remotePort ?? 0;
    this.id = addressOf(this.remoteAddress, this.remotePort);
    this.#guard = createWireGuard(options.torrent, (peerId) => {
      this.peerId = peerId;
      options.onHandshake(this, peerId);
    });
    // Whoever uses the link listens for "close"; an error that nobody hears must not end the process.
    this.on("error", () => {});
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#arrived(chunk));
    socket.on("end", () => this.push(null));
    socket.on("error", (error) => this.destroy(error));
    socket.on("close", () => this.destroy());
    // Later than the caller's own listeners, which it can only add once it has the link.
    if (options.head !== undefined) queueMicrotask(() => this.#arrived(options.head));
  }

  /** The peer has said on which port it listens (BEP 10, `p`). */
  heard(port: number): void {
    if (port > 0 && port < 65_536) this.listenAddress ??= addressOf(this.remoteAddress, port);
  }

  /** Closes because of what the peer did. */
  hangUp(reason: WireViolation["reason"]): void {
    this.violation ??= new WireViolation(reason);
    this.destroy(this.violation);
  }

  /** Bytes that the kernel would not take yet. */
  get unsentBytes(): number {
    return this.#socket.writableLength + this.writableLength;
  }

  /** For how long the peer has not taken a byte of what waits for it. */
  stalledMs(now: number): number {
    const sent = this.#socket.bytesWritten - this.#socket.writableLength;
    if (this.#socket.writableLength === 0 || sent !== this.#sentWhenStalled) {
      this.#stalledSince = undefined;
    }
    this.#sentWhenStalled = sent;
    if (this.#socket.writableLength === 0) return 0;
    this.#stalledSince ??= now;
    return now - this.#stalledSince;
  }

  override _read(): void {
    this.#readerFull = false;
    this.#resumeIfFree();
  }

  override _write(chunk: Buffer, _encoding: unknown, done: (error?: Error | null) => void): void {
    this.#turns.out = this.#pacers.upload.take(chunk.length, () => {
      if (this.destroyed) return done();
      this.#corkForThisTick();
      if (this.#socket.write(chunk)) done();
      else this.#socket.once("drain", () => done());
    });
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#turns.in?.cancel();
    this.#turns.out?.cancel();
    this.#socket.destroy();
    done(error);
  }

  #arrived(chunk: Buffer | undefined): void {
    if (chunk === undefined || this.destroyed) return;
    try {
      this.#guard.pass(chunk, (bytes) => {
        if (!this.push(bytes)) this.#readerFull = true;
      });
    } catch (error) {
      if (!(error instanceof WireViolation)) throw error;
      this.hangUp(error.reason);
      return;
    }
    // Paid for after the fact: what has arrived cannot be sent back, but the next read can wait.
    this.#waitingToRead = true;
    this.#turns.in = this.#pacers.download.take(chunk.length, () => {
      this.#waitingToRead = false;
      this.#resumeIfFree();
    });
    if (this.#readerFull || this.#waitingToRead) this.#socket.pause();
  }

  #resumeIfFree(): void {
    if (!this.#readerFull && !this.#waitingToRead && !this.destroyed) this.#socket.resume();
  }

  /** A message's head and body leave in one system call. */
  #corkForThisTick(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#socket.cork();
    process.nextTick(() => {
      this.#corked = false;
      this.#socket.uncork();
    });
  }
}
