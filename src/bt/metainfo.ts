import {
  type Bencoded,
  type BencodedDictionary,
  type DecodeLimits,
  decode,
  latin1,
} from "./bencode.ts";
import { BtError } from "./errors.ts";
import type { Torrent } from "./swarm.ts";
import { createTorrent, pieceCount, pieceLength, SHA1_BYTES } from "./torrent.ts";

export const MAX_METAINFO_BYTES = 2 * 1024 * 1024;

/** Which blob the metainfo must describe, and how far to trust it. */
export type MetainfoExpectation = {
  /** The blob's SHA-256, 64 hex digits. */
  readonly digest: string;
  /** Bytes, as the manifest says. */
  readonly size: number;
  /** Announce URLs that may stand in it; without this, any http or https URL. */
  readonly allowedTrackers?: readonly string[];
};

export type Metainfo = { readonly torrent: Torrent; readonly trackers: readonly string[] };

const LIMITS: DecodeLimits = { bytes: MAX_METAINFO_BYTES, depth: 6, values: 1000, sorted: true };
const MAX_TRACKERS = 100;
const TOP_KEYS = new Set(["announce", "announce-list", "created by", "creation date", "info"]);
const INFO_KEYS = new Set(["length", "name", "piece length", "pieces", "private"]);
/** Keys of other kinds of torrent: BEP 3 with many files, BEP 47 padding, BEP 52 version 2. */
const FOREIGN_KINDS = new Map([
  ["files", "it holds more than one file"],
  ["file tree", "it is a version 2 torrent"],
  ["meta version", "it is a version 2 torrent"],
  ["attr", "it marks its file as padding"],
]);

/**
 * Reads a `.torrent` file that came from somebody else and accepts nothing but the one torrent that its blob can have.
 * @throws BtError METAINFO_INVALID with the reason.
 */
export function parseMetainfo(bytes: Uint8Array, expected: MetainfoExpectation): Metainfo {
  const refuse: Refuse = (reason) =>
    new BtError("METAINFO_INVALID", `refused the metainfo of sha256:${expected.digest}: ${reason}`);
  const top = readTop(bytes, refuse);
  const info = top.get("info");
  if (!isDictionary(info)) throw refuse("it has no info dictionary");
  const pieces = checkInfo(info, expected, refuse);
  const trackers = readTrackers(top, refuse);
  for (const url of trackers) checkTracker(url, expected.allowedTrackers, refuse);
  // A copy, so that the torrent does not keep the whole file's bytes alive, nor change when they do.
  const torrent = createTorrent({
    name: expected.digest,
    size: expected.size,
    pieces: Uint8Array.from(pieces),
  });
  return { torrent, trackers };
}

type Refuse = (reason: string) => BtError;

const isDictionary = (value: Bencoded | undefined): value is BencodedDictionary =>
  value instanceof Map;

function readTop(bytes: Uint8Array, refuse: Refuse): BencodedDictionary {
  const top = decodeOrRefuse(bytes, refuse);
  if (!isDictionary(top)) throw refuse("it is not a dictionary");
  for (const key of top.keys()) {
    if (key === "piece layers") throw refuse("it is a version 2 torrent");
    if (!TOP_KEYS.has(key)) throw refuse(`it has an unknown key ${quote(key)}`);
  }
  const { by, date } = { by: top.get("created by"), date: top.get("creation date") };
  if (by !== undefined && !(by instanceof Uint8Array)) throw refuse("its creator is not a string");
  if (date !== undefined && typeof date !== "number") throw refuse("its date is not a number");
  return top;
}

function decodeOrRefuse(bytes: Uint8Array, refuse: Refuse): Bencoded {
  try {
    return decode(bytes, LIMITS);
  } catch (error) {
    if (error instanceof BtError) throw refuse(error.message);
    throw error;
  }
}

/** Answers with the piece hashes, a view into the file's bytes. */
function checkInfo(info: BencodedDictionary, expected: MetainfoExpectation, refuse: Refuse) {
  for (const key of info.keys()) {
    const kind = FOREIGN_KINDS.get(key);
    if (kind !== undefined) throw refuse(kind);
    if (!INFO_KEYS.has(key)) throw refuse(`its info has an unknown key ${quote(key)}`);
  }
  const name = info.get("name");
  if (!(name instanceof Uint8Array) || latin1(name) !== expected.digest) {
    throw refuse("its name is not the blob's digest");
  }
  if (info.get("length") !== expected.size) {
    throw refuse(
      `its length is ${text(info.get("length"))}, and the blob has ${expected.size} bytes`,
    );
  }
  if (info.get("private") !== 1) throw refuse("it is not private");
  const length = info.get("piece length");
  if (length !== pieceLength(expected.size)) {
    throw refuse(
      `its piece length is ${text(length)}, and ${pieceLength(expected.size)} belongs to this size`,
    );
  }
  const pieces = info.get("pieces");
  const bytes = pieceCount(expected.size) * SHA1_BYTES;
  if (!(pieces instanceof Uint8Array) || pieces.length !== bytes) {
    throw refuse(`it does not have the ${pieceCount(expected.size)} piece hashes of this size`);
  }
  return pieces;
}

function readTrackers(top: BencodedDictionary, refuse: Refuse): readonly string[] {
  const announce = top.get("announce");
  const tiers = top.get("announce-list") ?? [];
  if (!Array.isArray(tiers) || !tiers.every(Array.isArray)) {
    throw refuse("its announce-list is not a list of lists");
  }
  const urls: unknown[] = [...(announce === undefined ? [] : [announce]), ...tiers.flat()];
  if (urls.length > MAX_TRACKERS) throw refuse(`it names more than ${MAX_TRACKERS} trackers`);
  const texts = urls.map((url) => {
    if (!(url instanceof Uint8Array)) throw refuse("an announce URL is not a string");
    return latin1(url);
  });
  return [...new Set(texts)];
}

function checkTracker(text: string, allowed: readonly string[] | undefined, refuse: Refuse): void {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw refuse(`${quote(text)} is not an http announce URL`);
  }
  if (url.username !== "" || url.password !== "") throw refuse("an announce URL holds a password");
  if (allowed !== undefined && !allowed.some((other) => URL.parse(other)?.href === url.href)) {
    throw refuse(`it announces to ${quote(url.host)}, which is not one of our trackers`);
  }
}

const quote = (value: string): string => JSON.stringify(value.slice(0, 100));

const text = (value: Bencoded | undefined): string =>
  typeof value === "number" ? `${value}` : "no number";
