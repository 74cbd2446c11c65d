// A piece under way, in cells of 16 KiB: the unit a foreign client is asked for, and an agent's blocks are runs of them.
import type { Range } from "./messages.ts";

/** A cell's number: how many asks for it are under way, or this. */
const ARRIVED = 255;

export type OpenPiece = {
  readonly piece: number;
  readonly bytes: number;
  readonly cellBytes: number;
  readonly cells: Uint8Array;
  /** Cells nobody was asked for. */
  free: number;
  /** Cells that are not here. */
  left: number;
  /** Asks under way. */
  asks: number;
  /** The nodes whose blocks are in it. */
  readonly from: Set<string>;
  /** After a bad hash with blocks of several nodes: this one alone is asked. */
  sole: string | undefined;
  /** A hash of it is being computed. */
  isChecking: boolean;
};

export function createOpenPiece(piece: number, bytes: number, cellBytes: number): OpenPiece {
  const count = Math.ceil(bytes / cellBytes);
  return {
    piece,
    bytes,
    cellBytes,
    cells: new Uint8Array(count),
    free: count,
    left: count,
    asks: 0,
    from: new Set(),
    sole: undefined,
    isChecking: false,
  };
}

/** The first run of cells that are free, up to `bytes` long. */
export function freeRange(open: OpenPiece, bytes: number): Range | undefined {
  if (open.free === 0) return undefined;
  const first = open.cells.indexOf(0);
  const most = Math.max(1, Math.floor(bytes / open.cellBytes));
  let end = first + 1;
  while (end < open.cells.length && end - first < most && open.cells[end] === 0) end++;
  const offset = first * open.cellBytes;
  const until = Math.min(open.bytes, end * open.cellBytes);
  return { piece: open.piece, offset, bytes: until - offset };
}

function eachCell(
  open: OpenPiece,
  range: Range,
  visit: (cell: number, asks: number) => number,
): void {
  const first = Math.floor(range.offset / open.cellBytes);
  const end = Math.min(open.cells.length, Math.ceil((range.offset + range.bytes) / open.cellBytes));
  for (let cell = first; cell < end; cell++) {
    open.cells[cell] = visit(cell, open.cells[cell] ?? 0);
  }
}

export function ask(open: OpenPiece, range: Range): void {
  open.asks++;
  eachCell(open, range, (_, asks) => {
    if (asks === 0) open.free--;
    return asks === ARRIVED ? ARRIVED : asks + 1;
  });
}

/** An ask ended without its block. */
export function unask(open: OpenPiece, range: Range): void {
  open.asks--;
  eachCell(open, range, (_, asks) => {
    if (asks === ARRIVED || asks === 0) return asks;
    if (asks === 1) open.free++;
    return asks - 1;
  });
}

/** A block is here: returns how many of its bytes are new. The ask, if there was one, must be ended first. */
export function arrive(open: OpenPiece, range: Range): number {
  let bytes = 0;
  eachCell(open, range, (cell, asks) => {
    if (asks === ARRIVED) return ARRIVED;
    if (asks === 0) open.free--;
    open.left--;
    bytes += Math.min(open.cellBytes, open.bytes - cell * open.cellBytes);
    return ARRIVED;
  });
  return bytes;
}

/** Some byte of the range is not here. */
export function lacks(open: OpenPiece, range: Range): boolean {
  let isLacking = false;
  eachCell(open, range, (_, asks) => {
    isLacking ||= asks !== ARRIVED;
    return asks;
  });
  return isLacking;
}
