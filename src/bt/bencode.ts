import { BtError } from "./errors.ts";

/** What bencoding can say (BEP 3). Strings are bytes; dictionary keys are read as latin-1, so a key's characters are its bytes. */
export type Bencoded = number | Uint8Array | readonly Bencoded[] | BencodedDictionary;
export type BencodedDictionary = ReadonlyMap<string, Bencoded>;

export type DecodeLimits = {
  readonly bytes: number;
  /** Lists and dictionaries inside one another. */
  readonly depth: number;
  /** Values in all, those inside lists and dictionaries included. */
  readonly values: number;
  /** Refuses dictionaries whose keys are not sorted. Duplicate keys are always refused. */
  readonly sorted: boolean;
};

const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const COLON = 0x3a;
const MINUS = 0x2d;
const DICTIONARY = 0x64;
const END = 0x65;
const INTEGER = 0x69;
const LIST = 0x6c;

const invalid = (problem: string) => new BtError("BENCODE_INVALID", problem);

/**
 * Reads bencoding that comes from somebody else. Byte strings are views into `bytes`, not copies.
 * @throws BtError BENCODE_INVALID with what is wrong and where.
 */
export function decode(bytes: Uint8Array, limits: DecodeLimits): Bencoded {
  const { value, end } = decodePrefix(bytes, limits);
  if (end !== bytes.length) throw invalid(`${bytes.length - end} bytes follow the end`);
  return value;
}

/** As `decode`, but bytes may follow the value. */
export function decodePrefix(bytes: Uint8Array, limits: DecodeLimits) {
  if (bytes.length > limits.bytes) {
    throw invalid(`it has ${bytes.length} bytes, and ${limits.bytes} is the limit`);
  }
  const scanner = new Scanner(bytes, limits);
  const value = scanner.value(1);
  return { value, end: scanner.position };
}

class Scanner {
  position = 0;
  readonly #bytes: Uint8Array;
  readonly #limits: DecodeLimits;
  #values = 0;

  constructor(bytes: Uint8Array, limits: DecodeLimits) {
    this.#bytes = bytes;
    this.#limits = limits;
  }

  value(depth: number): Bencoded {
    this.#values += 1;
    if (this.#values > this.#limits.values) {
      throw invalid(`it has more than ${this.#limits.values} values`);
    }
    const first = this.#peek();
    if (first !== LIST && first !== DICTIONARY) {
      return first === INTEGER ? this.#integer() : this.#string();
    }
    if (depth > this.#limits.depth) {
      throw invalid(`it is nested deeper than ${this.#limits.depth}`);
    }
    this.position += 1;
    return first === LIST ? this.#list(depth) : this.#dictionary(depth);
  }

  #peek(): number {
    const byte = this.#bytes[this.position];
    if (byte === undefined) throw invalid("it is cut short");
    return byte;
  }

  #list(depth: number): Bencoded[] {
    const list: Bencoded[] = [];
    while (this.#peek() !== END) list.push(this.value(depth + 1));
    this.position += 1;
    return list;
  }

  #dictionary(depth: number): BencodedDictionary {
    const dictionary = new Map<string, Bencoded>();
    let previous: string | undefined;
    while (this.#peek() !== END) {
      const key = latin1(this.#string());
      if (dictionary.has(key)) throw invalid(`the key ${JSON.stringify(key)} appears twice`);
      if (this.#limits.sorted && previous !== undefined && key < previous) {
        throw invalid(`the key ${JSON.stringify(key)} is out of order`);
      }
      previous = key;
      dictionary.set(key, this.value(depth + 1));
    }
    this.position += 1;
    return dictionary;
  }

  #integer(): number {
    const start = this.position;
    this.position += 1;
    const negative = this.#peek() === MINUS;
    if (negative) this.position += 1;
    const value = this.#digits(END, start);
    if (negative && value === 0) throw invalid(`minus zero at byte ${start}`);
    return negative ? -value : value;
  }

  #string(): Uint8Array {
    const start = this.position;
    const length = this.#digits(COLON, start);
    const end = this.position + length;
    if (end > this.#bytes.length) throw invalid("it is cut short");
    const string = this.#bytes.subarray(this.position, end);
    this.position = end;
    return string;
  }

  #digits(terminator: number, start: number): number {
    const first = this.position;
    let value = 0;
    for (let byte = this.#peek(); byte !== terminator; byte = this.#peek()) {
      if (byte < DIGIT_0 || byte > DIGIT_9) throw invalid(`not bencoding at byte ${this.position}`);
      value = value * 10 + (byte - DIGIT_0);
      if (value > Number.MAX_SAFE_INTEGER)
        throw invalid(`the number at byte ${start} is too large`);
      this.position += 1;
    }
    const digits = this.position - first;
    if (digits === 0) throw invalid(`not bencoding at byte ${this.position}`);
    if (digits > 1 && this.#bytes[first] === DIGIT_0) {
      throw invalid(`the number at byte ${start} has a leading zero`);
    }
    this.position += 1;
    return value;
  }
}

export const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");

export type Encodable =
  | number
  | string
  | Uint8Array
  | readonly Encodable[]
  | { readonly [key: string]: Encodable };

/** Canonical bencoding: keys sorted by their bytes. Strings are written as UTF-8. */
export function encode(value: Encodable): Buffer {
  const parts: Uint8Array[] = [];
  write(value, parts);
  return Buffer.concat(parts);
}

function write(value: Encodable, parts: Uint8Array[]): void {
  if (typeof value === "number") {
    parts.push(Buffer.from(`i${value}e`));
  } else if (typeof value === "string" || value instanceof Uint8Array) {
    const bytes = typeof value === "string" ? Buffer.from(value) : value;
    parts.push(Buffer.from(`${bytes.length}:`), bytes);
  } else if (isList(value)) {
    parts.push(Buffer.from("l"));
    for (const item of value) write(item, parts);
    parts.push(Buffer.from("e"));
  } else {
    writeDictionary(value, parts);
  }
}

const isList = (value: object): value is readonly Encodable[] => Array.isArray(value);

function writeDictionary(value: { readonly [key: string]: Encodable }, parts: Uint8Array[]): void {
  parts.push(Buffer.from("d"));
  const entries = Object.entries(value).map(([key, item]) => ({ key: Buffer.from(key), item }));
  for (const { key, item } of entries.sort((a, b) => Buffer.compare(a.key, b.key))) {
    write(key, parts);
    write(item, parts);
  }
  parts.push(Buffer.from("e"));
}
