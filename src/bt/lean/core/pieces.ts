// Which pieces of a blob are here, and how many linked peers hold each: kept up to date piece by piece, never recounted per block.

/** BEP 3's order: the highest bit of the first byte is piece 0. */
export type Bitmap = { readonly bytes: Uint8Array; readonly length: number; count: number };

export const createBitmap = (length: number): Bitmap => ({
  bytes: new Uint8Array(Math.ceil(length / 8)),
  length,
  count: 0,
});

export const has = (map: Bitmap, index: number): boolean =>
  ((map.bytes[index >> 3] ?? 0) & (128 >> (index & 7))) !== 0;

/** False when it was there already. */
export function add(map: Bitmap, index: number): boolean {
  if (has(map, index)) return false;
  map.bytes[index >> 3] = (map.bytes[index >> 3] ?? 0) | (128 >> (index & 7));
  map.count++;
  return true;
}

export function remove(map: Bitmap, index: number): boolean {
  if (!has(map, index)) return false;
  map.bytes[index >> 3] = (map.bytes[index >> 3] ?? 0) & ~(128 >> (index & 7));
  map.count--;
  return true;
}

export function fill(map: Bitmap): void {
  for (let index = 0; index < map.length; index++) add(map, index);
}

export function clear(map: Bitmap): void {
  map.bytes.fill(0);
  map.count = 0;
}

export const isFull = (map: Bitmap): boolean => map.count === map.length;

/** undefined when the bytes cannot be a bitfield of that many pieces: wrong size, or spare bits set (BEP 3). */
export function bitmapFrom(bytes: Uint8Array, length: number): Bitmap | undefined {
  if (bytes.length !== Math.ceil(length / 8)) return undefined;
  const spare = bytes.length * 8 - length;
  if (((bytes.at(-1) ?? 0) & ((1 << spare) - 1)) !== 0) return undefined;
  const map = { bytes: bytes.slice(), length, count: 0 };
  for (let index = 0; index < length; index++) if (has(map, index)) map.count++;
  return map;
}

export type Pieces = {
  readonly count: number;
  readonly size: number;
  readonly pieceBytes: number;
  readonly held: Bitmap;
  /** The first piece that is missing. */
  frontier: number;
  /** How many peers that can be asked in principle hold each piece; how many may be asked now; how many of those in our zone. */
  readonly copies: Uint16Array;
  readonly sources: Uint16Array;
  readonly localSources: Uint16Array;
  /** Missing pieces with a source. */
  reachable: number;
  /** How many peers that we upload to hold each piece, and how many pieces none of them holds. */
  readonly taken: Uint16Array;
  untaken: number;
};

export function createPieces(size: number, pieceBytes: number): Pieces {
  const count = Math.ceil(size / pieceBytes);
  return {
    count,
    size,
    pieceBytes,
    held: createBitmap(count),
    frontier: 0,
    copies: new Uint16Array(count),
    sources: new Uint16Array(count),
    localSources: new Uint16Array(count),
    reachable: 0,
    taken: new Uint16Array(count),
    untaken: count,
  };
}

export const bytesOf = (pieces: Pieces, piece: number): number =>
  Math.min(pieces.pieceBytes, pieces.size - piece * pieces.pieceBytes);

export const isComplete = (pieces: Pieces): boolean => isFull(pieces.held);
export const missing = (pieces: Pieces): number => pieces.count - pieces.held.count;
const at = (counts: Uint16Array, piece: number) => counts[piece] ?? 0;

/** False when it was here already. */
export function hold(pieces: Pieces, piece: number): boolean {
  if (!add(pieces.held, piece)) return false;
  if (at(pieces.sources, piece) > 0) pieces.reachable--;
  while (pieces.frontier < pieces.count && has(pieces.held, pieces.frontier)) pieces.frontier++;
  return true;
}

export function lose(pieces: Pieces, piece: number): boolean {
  if (!remove(pieces.held, piece)) return false;
  if (at(pieces.sources, piece) > 0) pieces.reachable++;
  pieces.frontier = Math.min(pieces.frontier, piece);
  return true;
}

export function addCopy(pieces: Pieces, piece: number): void {
  pieces.copies[piece] = at(pieces.copies, piece) + 1;
}

export function removeCopy(pieces: Pieces, piece: number): void {
  pieces.copies[piece] = at(pieces.copies, piece) - 1;
}

/** True when the piece has become one that can be asked for. */
export function addSource(pieces: Pieces, piece: number, isLocal: boolean): boolean {
  if (isLocal) pieces.localSources[piece] = at(pieces.localSources, piece) + 1;
  const before = at(pieces.sources, piece);
  pieces.sources[piece] = before + 1;
  if (before > 0 || has(pieces.held, piece)) return false;
  pieces.reachable++;
  return true;
}

export function removeSource(pieces: Pieces, piece: number, isLocal: boolean): void {
  if (isLocal) pieces.localSources[piece] = at(pieces.localSources, piece) - 1;
  const left = at(pieces.sources, piece) - 1;
  pieces.sources[piece] = left;
  if (left === 0 && !has(pieces.held, piece)) pieces.reachable--;
}

export function addTaken(pieces: Pieces, piece: number): void {
  const before = at(pieces.taken, piece);
  pieces.taken[piece] = before + 1;
  if (before === 0) pieces.untaken--;
}

export function removeTaken(pieces: Pieces, piece: number): void {
  const left = at(pieces.taken, piece) - 1;
  pieces.taken[piece] = left;
  if (left === 0) pieces.untaken++;
}
