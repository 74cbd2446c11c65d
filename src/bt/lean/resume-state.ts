import { createHash } from "node:crypto";
import { type FileHandle, open, readFile, rm } from "node:fs/promises";
import { HASH_BYTES } from "./protocol.ts";

/** What an unfinished download knows of its hashes, so that the next run can check what is on disk. None of it is trusted: pieces are hashed again. */
export type KnownHashes = {
  readonly generation: number;
  readonly issuer: number;
  /** Of the first pieces, in order. */
  readonly hashes: Uint8Array;
  /** One byte a piece: 1 where it was written. */
  readonly written: Uint8Array;
};

/** `<file>.state`: appended to after the bytes that it tells of were written. */
export type ResumeState = {
  hashes(part: { generation: number; issuer: number; first: number; hashes: Uint8Array }): void;
  written(piece: number): void;
  /** Writes what waits. */
  close(): Promise<void>;
  /** The download is over: the file goes. */
  remove(): Promise<void>;
};

const MAGIC = Buffer.from("oci-torrent state 1\n");
const HASHES = 1;
const WRITTEN = 2;
const HASHES_HEAD = 13;
const FLUSH_MS = 200;
const MAX_STATE_BYTES = 16 * 1024 * 1024;

const pathOf = (file: string): string => `${file}.state`;

/** A fixed-size head: the file is of no use for a blob or a piece length that is another one. */
function headOf(key: string): Buffer {
  return Buffer.concat([MAGIC, createHash("sha1").update(key).digest()]);
}

/** undefined when there is none, or one of something else. What is torn at its end is left out. */
export async function readState(
  file: string,
  key: string,
  pieces: number,
): Promise<KnownHashes | undefined> {
  const bytes = await readFile(pathOf(file)).catch(() => Buffer.alloc(0));
  const head = headOf(key);
  if (bytes.length > MAX_STATE_BYTES || !bytes.subarray(0, head.length).equals(head)) {
    return undefined;
  }
  const written = new Uint8Array(pieces);
  const hashes = new Uint8Array(pieces * HASH_BYTES);
  let [known, generation, issuer] = [0, 0, 0];
  for (let at = head.length; at + 5 <= bytes.length; ) {
    if (bytes[at] === WRITTEN) {
      const piece = bytes.readUInt32BE(at + 1);
      if (piece < pieces) written[piece] = 1;
      at += 5;
      continue;
    }
    if (bytes[at] !== HASHES || at + HASHES_HEAD > bytes.length) break;
    const [first, count] = [bytes.readUInt32BE(at + 7), bytes.readUInt16BE(at + 11)];
    const end = at + HASHES_HEAD + count * HASH_BYTES;
    if (end > bytes.length || first > known || first + count > pieces) break;
    generation = bytes.readUInt32BE(at + 1);
    issuer = bytes.readUInt16BE(at + 5);
    hashes.set(bytes.subarray(at + HASHES_HEAD, end), first * HASH_BYTES);
    known = first + count;
    at = end;
  }
  return { generation, issuer, hashes: hashes.slice(0, known * HASH_BYTES), written };
}

/** Begins the file anew with what is known. */
export async function createState(
  file: string,
  key: string,
  known: KnownHashes | undefined,
): Promise<ResumeState> {
  const handle = await open(pathOf(file), "w");
  const state = new StateFile(handle, pathOf(file), headOf(key));
  if (known !== undefined) {
    state.hashes({ ...known, first: 0 });
    for (const [piece, there] of known.written.entries()) if (there === 1) state.written(piece);
  }
  return state;
}

class StateFile implements ResumeState {
  readonly #handle: FileHandle;
  readonly #path: string;
  #waiting: Buffer[];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #known = 0;
  #generation = -1;

  constructor(handle: FileHandle, path: string, head: Buffer) {
    this.#handle = handle;
    this.#path = path;
    this.#waiting = [head];
  }

  hashes(part: { generation: number; issuer: number; first: number; hashes: Uint8Array }): void {
    const { generation, issuer, first, hashes } = part;
    const count = hashes.length / HASH_BYTES;
    const isNew = generation > this.#generation;
    const known = isNew ? 0 : this.#known;
    if (generation < this.#generation || first > known || first + count <= known) return;
    this.#known = first + count;
    this.#generation = generation;
    const head = Buffer.alloc(HASHES_HEAD);
    head[0] = HASHES;
    head.writeUInt32BE(generation, 1);
    head.writeUInt16BE(issuer, 5);
    head.writeUInt32BE(first, 7);
    head.writeUInt16BE(count, 11);
    this.#append(Buffer.concat([head, hashes]));
  }

  written(piece: number): void {
    const record = Buffer.alloc(5);
    record[0] = WRITTEN;
    record.writeUInt32BE(piece, 1);
    this.#append(record);
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#flush();
    await this.#writing;
    await this.#handle.close();
  }

  async remove(): Promise<void> {
    this.#waiting = [];
    await this.close();
    await rm(this.#path, { force: true });
  }

  #append(record: Buffer): void {
    this.#waiting.push(record);
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS);
  }

  #flush(): void {
    this.#timer = undefined;
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = [];
    if (bytes.length === 0) return;
    this.#writing = this.#writing.then(async () => {
      // Without it the next run only has less to go on with.
      await this.#handle.write(bytes).catch(() => {});
    });
  }
}
