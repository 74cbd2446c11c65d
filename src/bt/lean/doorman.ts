import { encode } from "../bencode.ts";
import { addressOf } from "../peer-address.ts";
import { encodeMetainfo } from "../torrent.ts";
import type { PeerAddress } from "../tracker-client.ts";
import type { LeanBlob } from "./blob.ts";
import type { Connection } from "./connection.ts";
import type { BlobKey, LinkEnd, Peer } from "./core/messages.ts";
import { foreignKey, foreignNode } from "./finder.ts";
import {
  encodeExtendedHandshake,
  encodeGreeting,
  encodeHello,
  type Greeting,
  isOfFleet,
  linkHash,
  peerIdOf,
  readDictionary,
  readExtendedHandshake,
  readHello,
  UT_METADATA,
} from "./handshake.ts";
import { ProtocolError } from "./protocol.ts";
import type { Transport } from "./transport.ts";

export type DoormanDeps = {
  readonly fleetId: string;
  readonly node: string;
  readonly zone: string;
  blobOf(infoHash: string): LeanBlob | undefined;
  blobAt(key: BlobKey): LeanBlob | undefined;
  linkUp(connection: Connection, peer: Peer): void;
  /** An agent at this address has something that we may want. */
  knocked(address: string): void;
};

/** What a connection that is being made is to become. */
type Coming = {
  readonly agents: boolean;
  readonly foreign: boolean;
  /** Whom we dialled; without one it is a knock, or was accepted. */
  readonly peer?: Peer;
  readonly onFailed?: (reason: LinkEnd) => void;
};

const METADATA_PART_BYTES = 16 * 1024;
const KNOCK_AGAIN_MS = 30_000;
const MAX_REMEMBERED = 20_000;

/** Handshakes, with those we dial and those who dial us. A connection becomes a link once it has said who it is. */
export class Doorman {
  readonly peerId: string;
  readonly #deps: DoormanDeps;
  readonly #linkHash: string;
  readonly #coming = new Map<Connection, Coming>();
  readonly #zones = new Map<string, string>();
  readonly #knockedMs = new Map<string, number>();
  #transport: Transport | undefined;

  constructor(deps: DoormanDeps) {
    this.#deps = deps;
    this.peerId = peerIdOf(deps.fleetId, deps.node);
    this.#linkHash = linkHash(deps.fleetId);
  }

  use(transport: Transport): void {
    this.#transport = transport;
  }

  /** The zone that an agent has told us; until it has, our own. */
  zoneOf(address: string): string {
    return this.#zones.get(address) ?? this.#deps.zone;
  }

  accepted(connection: Connection, on: { agents: boolean; foreign: boolean }): void {
    this.#coming.set(connection, on);
  }

  dial(peer: Peer, onFailed: (reason: LinkEnd) => void): void {
    const isForeign = peer.kind === "foreign";
    const infoHash = isForeign ? this.#infoHashFor(peer) : this.#linkHash;
    if (infoHash === undefined) {
      onFailed("refused");
      return;
    }
    const coming = { agents: !isForeign, foreign: isForeign, peer, onFailed };
    this.#reach(toAddress(peer.address), infoHash, coming, onFailed);
  }

  /** Says hello and leaves again: the other agent then knows where we are. */
  knock(address: PeerAddress): void {
    const now = performance.now();
    const text = addressOf(address.host, address.port);
    if (now - (this.#knockedMs.get(text) ?? Number.NEGATIVE_INFINITY) < KNOCK_AGAIN_MS) return;
    if (this.#knockedMs.size > MAX_REMEMBERED) this.#knockedMs.clear();
    this.#knockedMs.set(text, now);
    this.#reach(address, this.#linkHash, { agents: true, foreign: false }, () => {});
  }

  /** Whether the connection is still to become a link; if so, there will be none. */
  closed(connection: Connection, reason: LinkEnd): boolean {
    const coming = this.#coming.get(connection);
    this.#coming.delete(connection);
    coming?.onFailed?.(reason);
    return coming !== undefined;
  }

  greeted(connection: Connection, greeting: Greeting): void {
    const coming = this.#coming.get(connection);
    if (coming?.agents === true && greeting.infoHash === this.#linkHash) {
      if (!connection.dialled) this.#sayHello(connection);
      return;
    }
    if (coming?.foreign !== true) throw new ProtocolError("another fleet");
    const blob = this.#deps.blobOf(greeting.infoHash);
    if (blob === undefined && !connection.dialled) throw new ProtocolError("unknown torrent");
    const isWrong = connection.dialled && blob?.key !== (coming.peer && foreignKey(coming.peer));
    if (blob === undefined || isWrong || isOfFleet(greeting.peerId, this.#deps.fleetId)) {
      connection.hangUp("refused");
      return;
    }
    connection.key = blob.key;
    if (!connection.dialled) connection.greet(encodeGreeting(greeting.infoHash, this.peerId));
    if (greeting.extended) connection.extend(0, this.#extendedHandshake(blob));
    this.#up(connection, coming.peer ?? this.#foreignPeer(connection, blob));
  }

  extended(connection: Connection, id: number, payload: Uint8Array): void {
    if (connection.key === undefined) this.#heardHello(connection, id, payload);
    else if (id === 0) connection.utMetadata = readExtendedHandshake(payload).utMetadata;
    else if (id === UT_METADATA) this.#giveMetadata(connection, connection.key, payload);
  }

  #heardHello(connection: Connection, id: number, payload: Uint8Array): void {
    const coming = this.#coming.get(connection);
    if (id !== 0 || coming === undefined) throw new ProtocolError("handshake");
    const { node, zone, port, isKnock } = readHello(payload);
    connection.becomeLink();
    const address = addressOf(connection.remoteAddress, port);
    if (this.#zones.size > MAX_REMEMBERED) this.#zones.clear();
    this.#zones.set(coming.peer?.address ?? address, zone);
    const isOurKnock = connection.dialled && coming.peer === undefined;
    if (isKnock && !connection.dialled) this.#deps.knocked(address);
    if (node === this.#deps.node || isKnock || isOurKnock) {
      connection.hangUp("refused");
      return;
    }
    const peer = coming.peer ?? ({ node: address, address, kind: "agent" } as const);
    this.#up(connection, { ...peer, zone });
  }

  #up(connection: Connection, peer: Peer): void {
    this.#coming.delete(connection);
    this.#transport?.settled(connection);
    this.#deps.linkUp(connection, peer);
  }

  #reach(
    address: PeerAddress,
    infoHash: string,
    coming: Coming,
    onFailed: (reason: LinkEnd) => void,
  ): void {
    void this.#transport?.dial(address, coming.foreign).then((connection) => {
      if (typeof connection === "string") {
        onFailed(connection);
        return;
      }
      this.#coming.set(connection, coming);
      connection.greet(encodeGreeting(infoHash, this.peerId));
      if (coming.agents) connection.extend(0, this.#hello(coming.peer === undefined));
    });
  }

  #sayHello(connection: Connection): void {
    connection.greet(encodeGreeting(this.#linkHash, this.peerId));
    connection.extend(0, this.#hello(false));
  }

  #hello(isKnock: boolean): Buffer {
    const { node, zone } = this.#deps;
    return encodeHello({ node, zone, port: this.#transport?.listening.port ?? 0, isKnock });
  }

  #infoHashFor(peer: Peer): string | undefined {
    return this.#deps.blobAt(foreignKey(peer) as BlobKey)?.torrent?.infoHash;
  }

  #foreignPeer(connection: Connection, blob: LeanBlob): Peer {
    const node = foreignNode(connection.address, blob.key);
    return { node, zone: this.#deps.zone, address: "", kind: "foreign" };
  }

  #extendedHandshake(blob: LeanBlob): Buffer {
    const port = this.#transport?.foreignListening?.port ?? 0;
    return encodeExtendedHandshake(port, metadataOf(blob).length);
  }

  /** BEP 9: whoever came with the info hash alone may have the info dictionary. */
  #giveMetadata(connection: Connection, key: BlobKey, payload: Uint8Array): void {
    const blob = this.#deps.blobAt(key);
    const said = readDictionary(payload);
    const part = said.get("piece");
    if (said.get("msg_type") !== 0 || typeof part !== "number") return;
    const bytes = blob && metadataOf(blob).subarray(part * METADATA_PART_BYTES);
    if (connection.utMetadata === undefined || bytes === undefined || bytes.length === 0) return;
    const head = encode({
      msg_type: 1,
      piece: part,
      total_size: blob ? metadataOf(blob).length : 0,
    });
    const parts = [head, bytes.subarray(0, METADATA_PART_BYTES)];
    connection.extend(connection.utMetadata, Buffer.concat(parts));
  }
}

const METAINFO_HEAD_BYTES = "d4:info".length;

/** The info dictionary alone. */
const metadataOf = ({ torrent }: LeanBlob): Uint8Array =>
  torrent === undefined
    ? new Uint8Array()
    : encodeMetainfo(torrent, []).subarray(METAINFO_HEAD_BYTES, -1);

function toAddress(address: string): PeerAddress {
  const colon = address.lastIndexOf(":");
  const host = address.slice(0, colon).replace(/^\[|\]$/g, "");
  return { host, port: Number(address.slice(colon + 1)) };
}
