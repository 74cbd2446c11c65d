import type { LeanBlob } from "./blob.ts";

/** The file may be changed behind our back: it is looked at this often while it is served. */
const LOOK_EVERY_MS = 100;
const HASH_BYTES = 20;

export type ServedFileOptions = {
  /** The SHA-1 of each piece, 20 bytes each. */
  readonly hashes: Uint8Array;
  /** What was written by this very process is right until the file is changed. */
  readonly isFresh: boolean;
  /** Called once, for the first piece that is not right. */
  onDamaged(): void;
};

type Served = Pick<LeanBlob, "handle" | "shape" | "pieces" | "bytesOf">;

/**
 * A complete blob's file, of which each piece is read against its hash before it is first given away, and again when the
 * file has been changed: a disk does not always give back what was written.
 */
export class ServedFile {
  readonly #blob: Served;
  readonly #options: ServedFileOptions;
  readonly #right: Uint8Array;
  #stamp: string | undefined;
  #lookedMs = Number.NEGATIVE_INFINITY;
  /** One piece at a time: more would need more memory, and not be faster. */
  #turn: Promise<unknown> = Promise.resolve();
  #isDamaged = false;

  constructor(blob: Served, options: ServedFileOptions) {
    this.#blob = blob;
    this.#options = options;
    this.#right = new Uint8Array(blob.pieces).fill(options.isFresh ? 1 : 0);
    // What the file looks like while it is right is what later looks are held against.
    this.#turn = this.#look().catch(() => {});
  }

  /** Whether that is known without reading. */
  isRight(piece: number): boolean {
    return this.#right[piece] === 1 && performance.now() < this.#lookedMs + LOOK_EVERY_MS;
  }

  /** Rejects when the file cannot be read. */
  prove(piece: number): Promise<boolean> {
    const proved = this.#turn.then(() => this.#prove(piece));
    this.#turn = proved.catch(() => {});
    return proved;
  }

  async #prove(piece: number): Promise<boolean> {
    await this.#look();
    if (this.#right[piece] !== 1 && (await this.#hasItsHash(piece))) this.#right[piece] = 1;
    const isRight = this.#right[piece] === 1;
    if (!isRight) this.damaged();
    return isRight;
  }

  /** A piece cannot be read, or is not right. */
  damaged(): void {
    if (this.#isDamaged) return;
    this.#isDamaged = true;
    this.#options.onDamaged();
  }

  async #look(): Promise<void> {
    if (performance.now() < this.#lookedMs + LOOK_EVERY_MS) return;
    const { size, mtimeMs } = await this.#blob.handle.stat();
    const stamp = `${size} ${mtimeMs}`;
    if (this.#stamp !== undefined && this.#stamp !== stamp) this.#right.fill(0);
    this.#stamp = stamp;
    this.#lookedMs = performance.now();
  }

  async #hasItsHash(piece: number): Promise<boolean> {
    const { handle, shape } = this.#blob;
    const bytes = Buffer.allocUnsafe(this.#blob.bytesOf(piece));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, piece * shape.pieceLength);
    if (bytesRead < bytes.length) return false;
    // Hashed on a thread of the pool: the event loop has other things to do.
    const hash = Buffer.from(await crypto.subtle.digest("SHA-1", bytes));
    return hash.equals(this.#options.hashes.subarray(piece * HASH_BYTES, (piece + 1) * HASH_BYTES));
  }
}
