import { createHash } from "node:crypto";
import { type BencodedDictionary, decode, encode, latin1 } from "../bencode.ts";
import { MAX_BLOCK_BYTES, MAX_CHANNELS, MAX_EXTENDED_BYTES, ProtocolError } from "./protocol.ts";

export const GREETING_BYTES = 68;
const PROTOCOL = Buffer.from("\u0013BitTorrent protocol", "latin1");
const EXTENDED_BIT = 0x10;
const FAST_BIT = 0x04;
const LIMITS = { bytes: MAX_EXTENDED_BYTES, depth: 5, values: 500, sorted: false };
const MAX_NAME_BYTES = 253;

/** BEP 3's handshake, with the bits of BEP 6 and BEP 10. */
export type Greeting = {
  /** 40 hex digits. */
  readonly infoHash: string;
  /** 20 bytes as hex. */
  readonly peerId: string;
  readonly extended: boolean;
  readonly fast: boolean;
};

export function encodeGreeting(infoHash: string, peerId: string): Buffer {
  const reserved = Buffer.from([0, 0, 0, 0, 0, EXTENDED_BIT, 0, FAST_BIT]);
  return Buffer.concat([
    PROTOCOL,
    reserved,
    Buffer.from(infoHash, "hex"),
    Buffer.from(peerId, "hex"),
  ]);
}

/** @throws ProtocolError when the 68 bytes are no BitTorrent handshake. */
export function readGreeting(bytes: Buffer): Greeting {
  if (!bytes.subarray(0, PROTOCOL.length).equals(PROTOCOL)) throw new ProtocolError("handshake");
  return {
    extended: ((bytes[25] ?? 0) & EXTENDED_BIT) !== 0,
    fast: ((bytes[27] ?? 0) & FAST_BIT) !== 0,
    infoHash: bytes.toString("hex", 28, 48),
    peerId: bytes.toString("hex", 48, 68),
  };
}

/** What stands in the place of an info hash when two agents of a fleet meet: their link is about no torrent in particular. */
export const linkHash = (fleetId: string): string =>
  createHash("sha1").update(`oci-torrent link 1\n${fleetId}`).digest("hex");

const peerIdPrefix = (fleetId: string): Buffer =>
  Buffer.concat([
    Buffer.from("-OT0001-"),
    createHash("sha1").update(`oci-torrent fleet\n${fleetId}`).digest().subarray(0, 4),
  ]);

/** The same for every agent of a fleet in its first 12 bytes, so that they do not take one another for foreign clients. Hex. */
export function peerIdOf(fleetId: string, node: string): string {
  const own = createHash("sha1").update(node).digest().subarray(0, 8);
  return Buffer.concat([peerIdPrefix(fleetId), own]).toString("hex");
}

export const isOfFleet = (peerId: string, fleetId: string): boolean =>
  peerId.startsWith(peerIdPrefix(fleetId).toString("hex"));

/** What an agent says of itself when a link begins (BEP 10, under `ot`). */
export type Hello = {
  readonly node: string;
  readonly zone: string;
  /** The port where it accepts links; its address is that of its socket. */
  readonly port: number;
  /** It only lets us know that it is there, and wants no link. */
  readonly isKnock: boolean;
};

export function encodeHello({ node, zone, port, isKnock }: Hello): Buffer {
  const limits = { block: MAX_BLOCK_BYTES, channels: MAX_CHANNELS };
  return encode({ ot: { node, zone, listen: port, ...limits, ...(isKnock && { knock: 1 }) } });
}

/** @throws ProtocolError when it is no agent's. */
export function readHello(payload: Uint8Array): Hello {
  const hello = readDictionary(payload).get("ot");
  if (!(hello instanceof Map)) throw new ProtocolError("handshake");
  const port = hello.get("listen");
  if (!isPort(port)) throw new ProtocolError("handshake");
  const isKnock = hello.get("knock") === 1;
  return { node: textOf(hello, "node"), zone: textOf(hello, "zone"), port, isKnock };
}

/** BEP 10's handshake for foreign clients: where we listen, how many asks we take, and that there is metadata (BEP 9). */
export const encodeExtendedHandshake = (port: number, metadataBytes: number): Buffer =>
  encode({
    m: { ut_metadata: UT_METADATA },
    metadata_size: metadataBytes,
    p: port,
    reqq: 64,
    v: "oci-torrent",
  });

/** The id under which we take ut_metadata messages. */
export const UT_METADATA = 1;

/** What we want to know of a foreign client: the port that it listens on, and its id for ut_metadata. */
export function readExtendedHandshake(payload: Uint8Array): {
  port: number | undefined;
  utMetadata: number | undefined;
} {
  const said = readDictionary(payload);
  const port = said.get("p");
  const names = said.get("m");
  const id = names instanceof Map ? names.get("ut_metadata") : undefined;
  const isId = typeof id === "number" && id > 0 && id < 256;
  return { port: isPort(port) ? port : undefined, utMetadata: isId ? id : undefined };
}

export function readDictionary(payload: Uint8Array): BencodedDictionary {
  try {
    const value = decode(payload, LIMITS);
    if (value instanceof Map) return value;
  } catch {
    // Told below, as anything else that is no dictionary.
  }
  throw new ProtocolError("malformed message");
}

const isPort = (port: unknown): port is number =>
  typeof port === "number" && Number.isInteger(port) && port > 0 && port < 65_536;

function textOf(hello: BencodedDictionary, key: string): string {
  const value = hello.get(key);
  if (!(value instanceof Uint8Array) || value.length > MAX_NAME_BYTES) {
    throw new ProtocolError("handshake");
  }
  return latin1(value);
}
