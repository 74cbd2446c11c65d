// Links and connections in virtual time: a node has a rate up and a rate down, a connection a finite send buffer and a window of bytes that are not
// acknowledged. What is small queues behind blocks on the same connection, as in TCP. Nothing is lost: a window that is full stands for what loss
// brings about.
import type { EventQueue } from "./event-queue.ts";

export type WireOptions = {
  /** One way. */
  readonly latencyMs: number;
  /** What goes over a link for each byte of a connection: 1514 / 1448 with full frames, and a little for acknowledgements. */
  readonly overhead: number;
  /** What a socket takes before its writer has to wait. */
  readonly sendBufferBytes: number;
  readonly windowBytes: number;
};

/** Connections of one node take turns of so much on its link up. */
const TURN_BYTES = 16 * 1024;

/** A node's link; bytes a second. */
export class Port {
  readonly upBps: number;
  readonly downBps: number;
  readonly #events: EventQueue;
  readonly #waiting: Pipe[] = [];
  #isSending = false;
  #downFreeMs = 0;
  /** How long it was sending. */
  busyMs = 0;

  constructor(events: EventQueue, upBps: number, downBps: number) {
    this.#events = events;
    this.upBps = upBps;
    this.downBps = downBps;
  }

  enqueue(pipe: Pipe): void {
    this.#waiting.push(pipe);
    this.#sendNext();
  }

  #sendNext(): void {
    if (this.#isSending) return;
    const pipe = this.#waiting.shift();
    if (pipe === undefined) return;
    this.#isSending = true;
    const ms = pipe.transmit(TURN_BYTES);
    this.busyMs += ms;
    this.#events.add(this.#events.nowMs + ms, () => {
      this.#isSending = false;
      pipe.transmitted();
      this.#sendNext();
    });
  }

  /** When so many bytes that come from `earliestMs` on are here. */
  receive(wireBytes: number, earliestMs: number): number {
    this.#downFreeMs = Math.max(this.#downFreeMs, earliestMs) + (wireBytes * 1000) / this.downBps;
    return this.#downFreeMs;
  }
}

type Item = { bytes: number; readonly arrived: () => void };

/** One direction of a connection. */
export class Pipe {
  readonly #events: EventQueue;
  readonly #options: WireOptions;
  readonly #from: Port;
  readonly #to: Port;
  /** Called when a block has left for the kernel, with the bytes of blocks that have not. */
  readonly #left: (queuedBytes: number) => void;
  readonly #items: Item[] = [];
  /** Sizes of the blocks that have not left for the kernel. */
  readonly #blocks: number[] = [];
  #blockBytes = 0;
  #queued = 0;
  #unacked = 0;
  #isWaiting = false;
  #isOpen = true;

  constructor(
    events: EventQueue,
    options: WireOptions,
    ends: { from: Port; to: Port },
    left: (queuedBytes: number) => void,
  ) {
    this.#events = events;
    this.#options = options;
    this.#from = ends.from;
    this.#to = ends.to;
    this.#left = left;
  }

  close(): void {
    this.#isOpen = false;
    this.#items.length = 0;
    this.#blocks.length = 0;
  }

  send(bytes: number, arrived: () => void): void {
    if (!this.#isOpen) return;
    this.#items.push({ bytes, arrived });
    this.#queued += bytes;
    this.#wait();
  }

  sendBlock(bytes: number, arrived: () => void): void {
    if (!this.#isOpen) return;
    this.#blocks.push(bytes);
    this.#blockBytes += bytes;
    this.send(bytes, arrived);
    this.#noteLeft();
  }

  #noteLeft(): void {
    for (let first = this.#blocks[0]; first !== undefined; first = this.#blocks[0]) {
      if (this.#queued - (this.#blockBytes - first) > this.#options.sendBufferBytes) return;
      this.#blocks.shift();
      this.#blockBytes -= first;
      const queued = this.#blockBytes;
      this.#events.add(this.#events.nowMs, () => {
        if (this.#isOpen) this.#left(queued);
      });
    }
  }

  #wait(): void {
    const mayGo = this.#items.length > 0 && this.#unacked < this.#options.windowBytes;
    if (!mayGo || this.#isWaiting) return;
    this.#isWaiting = true;
    this.#from.enqueue(this);
  }

  /** Puts up to so many bytes on the link; returns for how long that takes it. */
  transmit(most: number): number {
    const done: Item[] = [];
    let bytes = 0;
    for (let item = this.#items[0]; item !== undefined && bytes < most; item = this.#items[0]) {
      const part = Math.min(item.bytes, most - bytes);
      item.bytes -= part;
      bytes += part;
      if (item.bytes > 0) break;
      this.#items.shift();
      done.push(item);
    }
    this.#queued -= bytes;
    this.#unacked += bytes;
    const wireBytes = bytes * this.#options.overhead;
    const ms = (wireBytes * 1000) / this.#from.upBps;
    const arriveMs = this.#events.nowMs + ms + this.#options.latencyMs;
    this.#events.add(arriveMs, () => {
      this.#events.add(this.#to.receive(wireBytes, arriveMs), () => this.#received(bytes, done));
    });
    return ms;
  }

  transmitted(): void {
    this.#isWaiting = false;
    this.#noteLeft();
    this.#wait();
  }

  #received(bytes: number, done: readonly Item[]): void {
    for (const { arrived } of done) if (this.#isOpen) arrived();
    this.#events.add(this.#events.nowMs + this.#options.latencyMs, () => {
      this.#unacked -= bytes;
      this.#wait();
    });
  }
}
