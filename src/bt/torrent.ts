import { createHash } from "node:crypto";
import { encode } from "./bencode.ts";
import { BtError } from "./errors.ts";
import type { Torrent } from "./swarm.ts";

export const SHA1_BYTES = 20;
const KIB = 1024;
const MIN_PIECE_LENGTH = 256 * KIB;
const MAX_PIECE_LENGTH = 4096 * KIB;
const PIECES_AIMED_AT = 384;
const HEX_SHA256 = /^[0-9a-f]{64}$/;

/** Bytes: the largest power of two that cuts `size` into at least 384 pieces, between 256 KiB and 4 MiB. */
export function pieceLength(size: number): number {
  let length = MIN_PIECE_LENGTH;
  while (length < MAX_PIECE_LENGTH && length * 2 <= size / PIECES_AIMED_AT) length *= 2;
  return length;
}

export const pieceCount = (size: number): number => Math.ceil(size / pieceLength(size));

/** Bytes of one piece: the last is as short as the blob's size makes it. */
export const bytesOfPiece = (torrent: Torrent, piece: number): number =>
  Math.min(torrent.pieceLength, torrent.size - piece * torrent.pieceLength);

export const hashOfPiece = (torrent: Torrent, piece: number): Uint8Array =>
  torrent.pieces.subarray(piece * SHA1_BYTES, (piece + 1) * SHA1_BYTES);

export const piecesOf = (torrent: Torrent): number => torrent.pieces.length / SHA1_BYTES;

/**
 * The torrent of a blob: name is the 64 hex digits of its SHA-256, pieces the SHA-1 of each piece.
 * @throws BtError METAINFO_INVALID when these cannot belong to one blob.
 */
export function createTorrent(blob: { name: string; size: number; pieces: Uint8Array }): Torrent {
  const { name, size, pieces } = blob;
  if (!HEX_SHA256.test(name)) throw invalid(`${JSON.stringify(name)} is not a hex SHA-256`);
  if (!Number.isSafeInteger(size) || size < 1) throw invalid(`${size} bytes are not a blob's size`);
  if (pieces.length !== pieceCount(size) * SHA1_BYTES) {
    throw invalid(
      `a blob of ${size} bytes has ${pieceCount(size)} pieces, not ${pieces.length / SHA1_BYTES}`,
    );
  }
  const info = infoDictionary({ name, size, pieces, pieceLength: pieceLength(size) });
  const infoHash = createHash("sha1").update(encode(info)).digest("hex");
  return { infoHash, name, size, pieceLength: pieceLength(size), pieces };
}

const invalid = (problem: string) =>
  new BtError("METAINFO_INVALID", `cannot make a torrent: ${problem}`);

const infoDictionary = (torrent: Omit<Torrent, "infoHash">) => ({
  length: torrent.size,
  name: torrent.name,
  "piece length": torrent.pieceLength,
  pieces: torrent.pieces,
  private: 1,
});

/** The bytes of the torrent's `.torrent` file (BEP 3). Each tracker is a tier of its own (BEP 12). */
export function encodeMetainfo(torrent: Torrent, trackers: readonly string[]): Buffer {
  const info = infoDictionary(torrent);
  const [first] = trackers;
  if (first === undefined) return encode({ info });
  return encode({ announce: first, "announce-list": trackers.map((url) => [url]), info });
}
