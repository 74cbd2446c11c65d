import type { BlobKey, Range } from "./core/messages.ts";
import { MAX_CHANNELS, ProtocolError } from "./protocol.ts";
import type { Shape } from "./shape.ts";

/** A channel that the peer has opened. */
export type Opened = {
  readonly key: BlobKey;
  readonly shape: Shape;
  /** Closed by us: what the peer had sent before it heard of that still comes in. */
  retired: boolean;
};

/**
 * The numbers by which the two ends of a link name blobs to each other, each its own, and what we asked for in each. Throws a ProtocolError on what a
 * peer must not do.
 */
export class Channels {
  readonly #shapeOf: (key: BlobKey) => Shape | undefined;
  readonly #theirs = new Map<number, Opened>();
  readonly #ours = new Map<BlobKey, number>();
  #lastOurs = 0;
  readonly #asks = new Map<BlobKey, Asks>();

  constructor(shapeOf: (key: BlobKey) => Shape | undefined) {
    this.#shapeOf = shapeOf;
  }

  /** Whether we have a number for the blob. */
  carries(key: BlobKey): boolean {
    return this.#ours.has(key);
  }

  /** Our number for the blob; with its shape when it is new, and the peer must be told. Undefined when there is none for it. */
  ours(key: BlobKey): { readonly channel: number; readonly opens?: Shape } | undefined {
    const known = this.#ours.get(key);
    if (known !== undefined) return { channel: known };
    const opens = this.#shapeOf(key);
    if (opens === undefined || this.#ours.size >= MAX_CHANNELS) return undefined;
    this.#lastOurs = (this.#lastOurs % 65_535) + 1;
    while ([...this.#ours.values()].includes(this.#lastOurs)) this.#lastOurs += 1;
    this.#ours.set(key, this.#lastOurs);
    return { channel: this.#lastOurs, opens };
  }

  theirs(channel: number): Opened | undefined {
    return this.#theirs.get(channel);
  }

  /** The peer opens a channel. */
  opened(channel: number, key: BlobKey, shape: Shape): void {
    if (this.#theirs.size >= MAX_CHANNELS) this.#forgetRetired();
    if (this.#theirs.size >= MAX_CHANNELS) throw new ProtocolError("too many channels");
    const isTaken = this.#theirs.get(channel)?.retired === false;
    if (channel === 0 || isTaken) throw new ProtocolError("malformed message");
    const { size, pieceLength } = this.#shapeOf(key) ?? shape;
    if (size !== shape.size || pieceLength !== shape.pieceLength || size < 1 || pieceLength < 1) {
      throw new ProtocolError("malformed message");
    }
    this.#theirs.set(channel, { key, shape, retired: false });
  }

  /** The peer closes a channel; what it was. */
  closed(channel: number): Readonly<Opened> {
    const opened = this.#theirs.get(channel);
    if (opened === undefined) throw new ProtocolError("unknown channel");
    const before = { ...opened };
    this.retire(opened.key);
    this.#theirs.delete(channel);
    return before;
  }

  /** The blob has no number any more. */
  retire(key: BlobKey): void {
    this.#ours.delete(key);
    for (const opened of this.#theirs.values()) if (opened.key === key) opened.retired = true;
  }

  asked(key: BlobKey, range: Range): void {
    const asks = this.#asks.get(key) ?? new Asks();
    this.#asks.set(key, asks);
    asks.asked(range);
  }

  /** False when it was not asked for. */
  answered(key: BlobKey, range: Range): boolean {
    return this.#asks.get(key)?.answered(range) === true;
  }

  /** Unless the blob has a number again. */
  forgetAsks(key: BlobKey): void {
    if (!this.#ours.has(key)) this.#asks.delete(key);
  }

  #forgetRetired(): void {
    for (const [channel, { retired }] of this.#theirs) if (retired) this.#theirs.delete(channel);
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
