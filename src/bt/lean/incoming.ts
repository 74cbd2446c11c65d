import type { Range } from "./core/messages.ts";
import type { Pool, Slot } from "./pool.ts";

/** What blocks come in on. */
export type Source = { discardBlock(): void };

/** The smallest part of a piece that anybody is asked for. */
const CELL_BYTES = 16 * 1024;
const FREE = 0;
const COMING = 1;
const ARRIVED = 2;

/** One block on its way in. `into` is the memory of its piece, or memory of its own while another copy of it comes in as well, or nothing. */
type Reception = {
  readonly source: Source;
  readonly range: Range;
  into: "piece" | "aside" | "nothing";
  readonly aside?: Uint8Array;
};

/**
 * A piece that is coming in. Its memory is written by the first copy of each block alone, and by nobody once it is taken out: what a late or lying
 * second copy says never mixes with the first.
 */
class IncomingPiece {
  readonly slot: Slot;
  readonly #cells: Uint8Array;
  readonly #receptions = new Set<Reception>();

  constructor(slot: Slot) {
    this.slot = slot;
    this.#cells = new Uint8Array(Math.ceil(slot.bytes.length / CELL_BYTES));
  }

  begin(source: Source, range: Range): { reception: Reception; target: Uint8Array | undefined } {
    const cells = this.#cellsOf(range);
    const { offset, bytes } = range;
    if (this.has(range)) {
      return { reception: { source, range, into: "nothing" }, target: undefined };
    }
    if (cells.every((cell) => cell === FREE)) {
      cells.fill(COMING);
      const reception: Reception = { source, range, into: "piece" };
      this.#receptions.add(reception);
      return { reception, target: this.slot.bytes.subarray(offset, offset + bytes) };
    }
    const aside = new Uint8Array(bytes);
    const reception: Reception = { source, range, into: "aside", aside };
    this.#receptions.add(reception);
    return { reception, target: aside };
  }

  end(reception: Reception): void {
    this.#receptions.delete(reception);
    if (reception.into === "nothing") return;
    if (reception.aside !== undefined) this.#takeIn(reception.aside, reception.range);
    this.#cellsOf(reception.range).fill(ARRIVED);
  }

  /** The rest of the block will not come. */
  drop(reception: Reception): void {
    this.#receptions.delete(reception);
    if (reception.into === "piece") this.#cellsOf(reception.range).fill(FREE);
  }

  has(range: Range): boolean {
    return this.#cellsOf(range).every((cell) => cell === ARRIVED);
  }

  /** Nobody writes to the memory from now on. */
  shut(): void {
    for (const reception of this.#receptions) ignore(reception);
    this.#receptions.clear();
  }

  #takeIn(aside: Uint8Array, range: Range): void {
    for (const other of this.#receptions) {
      if (other.into === "piece" && overlap(other.range, range)) ignore(other);
    }
    const cells = this.#cellsOf(range);
    for (const [index, cell] of cells.entries()) {
      if (cell === ARRIVED) continue;
      const at = index * CELL_BYTES;
      this.slot.bytes.set(aside.subarray(at, at + CELL_BYTES), range.offset + at);
    }
  }

  #cellsOf({ offset, bytes }: Range): Uint8Array {
    return this.#cells.subarray(
      Math.floor(offset / CELL_BYTES),
      Math.ceil((offset + bytes) / CELL_BYTES),
    );
  }
}

function ignore(reception: Reception): void {
  reception.into = "nothing";
  reception.source.discardBlock();
}

const overlap = (a: Range, b: Range): boolean =>
  a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;

/** The pieces of one blob that are coming in. */
export class Incoming {
  readonly #pool: Pool;
  readonly #pieces = new Map<number, IncomingPiece>();
  /** Pieces that were asked for: blocks of others are late, and of no use. */
  readonly #expected = new Set<number>();
  readonly #receptions = new Map<Source, { piece: IncomingPiece; reception: Reception }>();

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  expect(piece: number): void {
    this.#expected.add(piece);
  }

  /** Where the block's bytes go; undefined throws them away. */
  begin(source: Source, range: Range, pieceBytes: number): Uint8Array | undefined {
    if (!this.#expected.has(range.piece)) return undefined;
    const piece = this.#pieces.get(range.piece) ?? new IncomingPiece(this.#pool.take(pieceBytes));
    this.#pieces.set(range.piece, piece);
    const { reception, target } = piece.begin(source, range);
    this.#receptions.set(source, { piece, reception });
    return target;
  }

  /**
   * kept: the block is in its piece. surplus: it was there already, or nobody wants the piece. lost: its bytes were thrown away, since the piece was
   * given up when it came, and by now the piece is wanted again.
   */
  end(source: Source, range: Range): "kept" | "surplus" | "lost" {
    const coming = this.#receptions.get(source);
    this.#receptions.delete(source);
    const isKept = coming !== undefined && coming.reception.into !== "nothing";
    coming?.piece.end(coming.reception);
    if (isKept) return "kept";
    const isThere = this.#pieces.get(range.piece)?.has(range) === true;
    return isThere || !this.#expected.has(range.piece) ? "surplus" : "lost";
  }

  disconnected(source: Source): void {
    const coming = this.#receptions.get(source);
    if (coming === undefined) return;
    this.#receptions.delete(source);
    coming.piece.drop(coming.reception);
  }

  /** The piece's memory, which is the caller's to give back. */
  takeOut(piece: number): Slot | undefined {
    const incoming = this.#pieces.get(piece);
    incoming?.shut();
    this.#pieces.delete(piece);
    this.#expected.delete(piece);
    return incoming?.slot;
  }

  abandon(piece: number): void {
    const slot = this.takeOut(piece);
    if (slot !== undefined) this.#pool.give(slot);
  }

  abandonAll(): void {
    for (const piece of [...this.#expected]) this.abandon(piece);
  }
}
