import { BtError } from "../errors.ts";
import { addressOf } from "../peer-address.ts";
import type { Torrent } from "../swarm.ts";
import type { LeanBlob } from "./blob.ts";
import { storageError } from "./checker.ts";
import type { Connection, ConnectionEvents } from "./connection.ts";
import type {
  BlobKey,
  Core,
  Finding,
  HashList,
  Input,
  LinkEnd,
  LinkId,
  Message,
  Output,
  Peer,
  Range,
} from "./core/messages.ts";
import { fetchUnderLease, type LeaseHolderDeps, takeLease } from "./lease-holder.ts";
import { type BlockReader, createBlockReader } from "./outgoing.ts";
import type { Pool } from "./pool.ts";

/** What the shell tells and needs besides the core. */
export type ShellDeps = {
  readonly core: Core;
  readonly pool: Pool;
  /** Makes a link; `onFailed` when there will be none. The shell hears of a link through `linkUp`. */
  dial(peer: Peer, onFailed: (reason: LinkEnd) => void): void;
  blame(finding: Finding, peer: Peer | undefined): void;
  readFailed(blob: LeanBlob, error: unknown): void;
  fallbackBegun(blob: LeanBlob): void;
  fallbackFailed(blob: LeanBlob, error: unknown): void;
  /** For tests of disks that fill up: may throw what a write would. */
  beforeWrite?(bytes: number): void;
};

const NOTHING = { uploadedBytes: 0, downloadedBytes: 0, wastedBytes: 0, badPieces: 0 };
export type ShellCounters = typeof NOTHING;

/** Carries events to the core and does what it says. The core is never entered twice at once: what happens meanwhile waits its turn. */
export class Shell {
  readonly counters: ShellCounters = { ...NOTHING };
  readonly blobs = new Map<BlobKey, LeanBlob>();
  readonly links = new Map<LinkId, Connection>();
  readonly #deps: ShellDeps;
  readonly #reader: BlockReader = createBlockReader();
  readonly #inputs: Input[] = [];
  readonly #outputs: Output[] = [];
  readonly #lease: LeaseHolderDeps = {
    tell: (input) => this.tell(input),
    begun: (blob) => this.#deps.fallbackBegun(blob),
    fetchFailed: (blob, error) => this.#deps.fallbackFailed(blob, error),
    writeFailed: (blob, error) => this.#failed(blob, error),
  };
  #isRunning = false;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(deps: ShellDeps) {
    this.#deps = deps;
  }

  tell(input: Input): void {
    if (this.#closed) return;
    this.#inputs.push(input);
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
        this.#deps.core.step(performance.now(), next, this.#outputs);
        for (const output of this.#outputs) this.#carryOut(output, next);
        this.#outputs.length = 0;
      }
    } finally {
      this.#outputs.length = 0;
      this.#isRunning = false;
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** Handshakes are over. */
  linkUp(connection: Connection, peer: Peer): void {
    connection.peer = peer;
    this.links.set(connection.id, connection);
    const { id, dialled, key } = connection;
    this.tell({ on: "linkUp", link: id, peer, dialled, ...(key !== undefined && { key }) });
  }

  /** Events of connections that are up. */
  readonly events: Pick<
    ConnectionEvents,
    "message" | "channelClosed" | "busy" | "blockBegins" | "blockEnded" | "closed"
  > = {
    message: (connection, key, message) => this.#heard(connection, key, message),
    channelClosed: ({ id }, key) => this.tell({ on: "channelClosed", link: id, key }),
    busy: (_connection, addresses) => this.hinted(addresses),
    blockBegins: (connection, key, range) => {
      const blob = this.blobs.get(key);
      return blob?.download?.incoming.begin(connection, range, blob.bytesOf(range.piece));
    },
    blockEnded: (connection, key, range) => this.#received(connection, key, range),
    closed: (connection, reason) => this.#disconnected(connection, reason),
  };

  #heard({ id, dialled }: Connection, key: BlobKey, message: Message): void {
    const blob = this.blobs.get(key);
    // Our caller brings every piece of a growing blob, so what others have of it is of no use.
    if (blob?.isGrowing === true && dialled) return;
    if (blob !== undefined && message.id === "hashes") {
      blob.generation = Math.max(blob.generation, message.generation);
      blob.knownHashes = Math.max(blob.knownHashes, message.first + message.hashes.length / 20);
      blob.download?.state?.hashes(message);
    } else if (blob !== undefined && message.id === "retract") {
      blob.retracted = Math.max(blob.retracted, message.generation);
    }
    this.tell({ on: "message", link: id, key, message });
  }

  /** Agents that are worth dialling, for whatever we lack. */
  hinted(addresses: readonly string[]): void {
    for (const { key } of this.blobs.values()) this.suggested(key, addresses);
  }

  /** The same, for one blob. */
  suggested(key: BlobKey, addresses: readonly string[]): void {
    if (this.blobs.get(key)?.isComplete !== false) return;
    const peers = addresses.map(
      (address) => ({ node: address, zone: "", address, kind: "agent" }) as const,
    );
    this.tell({ on: "peersFound", group: key, peers });
  }

  #received(connection: Connection, key: BlobKey, range: Range): void {
    const end = this.blobs.get(key)?.download?.incoming.end(connection, range);
    this.counters.downloadedBytes += range.bytes;
    if (end !== "kept") this.counters.wastedBytes += range.bytes;
    // It answered an ask that was taken back. Another copy of it comes if the core has asked for it again.
    if (end === "lost") return;
    this.tell({ on: "blockArrived", link: connection.id, key, ...range });
  }

  #disconnected(connection: Connection, reason: LinkEnd): void {
    for (const blob of this.blobs.values()) blob.download?.incoming.disconnected(connection);
    if (this.links.delete(connection.id))
      this.tell({ on: "linkDown", link: connection.id, reason });
  }

  #carryOut(output: Output, because: Input): void {
    switch (output.do) {
      case "dial":
        this.#deps.dial(output.peer, (reason) =>
          this.tell({ on: "dialFailed", peer: output.peer, reason }),
        );
        return;
      case "hangUp": {
        const connection = this.links.get(output.link);
        connection?.hangUp(
          output.reason,
          output.others.map(({ address }) => address),
        );
        return;
      }
      case "send": {
        const { key, message } = output;
        if (message.id === "request") this.blobs.get(key)?.download?.incoming.expect(message.piece);
        this.links.get(output.link)?.send(key, message);
        return;
      }
      case "closeChannel":
        this.links.get(output.link)?.closeChannel(output.key);
        return;
      case "sendBlock":
        this.#sendBlock(output.link, output.key, output);
        return;
      case "wakeAt":
        this.#wakeAt(output.nowMs);
        return;
      case "blame":
        this.#deps.blame(output.finding, output.peer);
        if (output.finding.code === "BadList" && "key" in because) {
          this.#listIsBad(because.key, output.finding.text);
        }
        return;
      // Trackers are asked all the time.
      case "findPeers":
        return;
      default:
        this.#carryOutOf(output, this.blobs.get(output.key));
    }
  }

  #carryOutOf(output: OfBlob, blob: LeanBlob | undefined): void {
    if (blob === undefined) return;
    switch (output.do) {
      case "checkPiece":
        this.#check(blob, output.piece, output.expected);
        return;
      case "abandonPiece":
        blob.download?.incoming.abandon(output.piece);
        return;
      case "proveBlob":
        this.#prove(blob);
        return;
      case "recheckBlob":
        this.#recheck(blob, output.hashes);
        return;
      case "askIssuer":
        this.#askIssuer(blob);
        return;
      // Of a growing blob, who fetches it is the caller's to say.
      case "askLease":
        takeLease(blob, this.#lease);
        return;
      case "fetch":
        fetchUnderLease(blob, output.fromPiece, this.#lease);
        return;
      case "stopFetch":
        blob.download?.fallback?.end();
        return;
      case "listProven":
        blob.finish(output.list);
        return;
      case "discard":
        blob.loses(output.pieces);
        blob.download?.checked.forget(output.pieces);
        return;
      default:
        output satisfies never;
    }
  }

  #wakeAt(atMs: number): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    const wait = Math.max(0, Math.ceil(atMs - performance.now()));
    this.#timer = setTimeout(() => this.tell({ on: "tick" }), wait);
  }

  #sendBlock(link: LinkId, key: BlobKey, { piece, offset, bytes }: Range): void {
    const connection = this.links.get(link);
    const blob = this.blobs.get(key);
    if (connection === undefined || blob === undefined || blob.isStopped) return;
    const range = { piece, offset, bytes };
    const left = () => {
      const queuedBytes = Math.max(0, connection.queuedBytes - bytes);
      connection.queuedBytes = queuedBytes;
      this.tell({ on: "blockSent", link, queuedBytes });
    };
    connection.queuedBytes += bytes;
    const readEnded = blob.reading();
    const position = piece * blob.shape.pieceLength + offset;
    const refuse = () => {
      readEnded();
      connection.send(key, { id: "reject", ...range });
      left();
    };
    const failed = (error: unknown) => {
      this.#deps.readFailed(blob, error);
      blob.served?.damaged();
      refuse();
    };
    const read = () =>
      this.#reader.read(blob.handle.fd, position, bytes, (error, block, release) => {
        if (error !== undefined) {
          failed(error);
          return;
        }
        readEnded();
        blob.uploadedBytes += bytes;
        this.counters.uploadedBytes += bytes;
        connection.sendBlock(key, range, block, () => {
          release();
          left();
        });
      });
    if (blob.served === undefined || blob.served.isRight(piece)) read();
    else blob.served.prove(piece).then((isRight) => (isRight ? read() : refuse()), failed);
  }

  #check(blob: LeanBlob, piece: number, expected: Uint8Array): void {
    const slot = blob.download?.incoming.takeOut(piece);
    if (slot === undefined || blob.download === undefined) return;
    const released = () => this.#deps.pool.give(slot);
    try {
      this.#deps.beforeWrite?.(slot.bytes.length);
    } catch (error) {
      released();
      this.#failed(blob, error);
      return;
    }
    blob.download.checked.check(piece, slot, expected, released).then(
      (ok) => this.#checked(blob, piece, ok),
      (error: unknown) => this.#failed(blob, error),
    );
  }

  #checked(blob: LeanBlob, piece: number, ok: boolean): void {
    if (blob.isStopped) return;
    if (ok) blob.holds(piece);
    else {
      this.counters.badPieces += 1;
      this.counters.wastedBytes += blob.bytesOf(piece);
    }
    this.tell({ on: "pieceChecked", key: blob.key, piece, ok });
  }

  #failed(blob: LeanBlob, error: unknown): void {
    blob.giveUp(storageError(`could not write ${blob.path}`, error));
  }

  #prove(blob: LeanBlob): void {
    // A blob that our caller writes is proven by our caller.
    if (blob.download === undefined) return;
    blob.download.checked.prove().then(
      (ok) => this.tell({ on: ok ? "blobProven" : "blobDisproven", key: blob.key }),
      (error: unknown) => this.#failed(blob, error),
    );
  }

  #recheck(blob: LeanBlob, hashes: Uint8Array): void {
    const all = new Uint8Array(blob.pieces).fill(1);
    blob.download?.checked.scan(all, hashes).then(
      (right) => {
        const bad = [...right.keys()].filter((piece) => right[piece] !== 1);
        const isClean = bad.length === 0;
        const canAsk = blob.torrent === undefined && blob.download?.issuerHashes !== undefined;
        if (isClean && !canAsk) blob.giveUp(mismatch(blob));
        else this.tell({ on: "blobRechecked", key: blob.key, bad });
      },
      (error: unknown) => this.#failed(blob, error),
    );
  }

  #askIssuer(blob: LeanBlob): void {
    if (blob.torrent !== undefined) {
      this.#issuerSaid(blob, blob.torrent.pieces);
      return;
    }
    const asked = blob.download?.issuerHashes?.(AbortSignal.timeout(ISSUER_MS));
    if (asked === undefined) this.#issuerSaid(blob, undefined);
    else {
      asked.then(
        (hashes) => this.#issuerSaid(blob, hashes),
        () => this.#issuerSaid(blob, undefined),
      );
    }
  }

  /** An issuer knows no less than it has told, so if it does, it has begun anew. Where it cannot be asked, whoever told the hashes may void them. */
  #issuerSaid(blob: LeanBlob, hashes: Uint8Array | undefined): void {
    if (blob.isStopped) return;
    const { generation, key, knownHashes } = blob;
    const canAsk = blob.torrent !== undefined || blob.download?.issuerHashes !== undefined;
    const isShorter = hashes === undefined ? !canAsk : hashes.length / 20 < knownHashes;
    if (blob.retracted >= generation && isShorter) {
      blob.knownHashes = 0;
      this.tell({ on: "issuerList", key, answer: "retracted" });
      return;
    }
    const list = hashes && { generation, issuer: 0, hashes };
    this.tell({ on: "issuerList", key, answer: list ?? "silent" });
  }

  /** Whoever made the hashes stands by them, so there is nobody to get others from. */
  #listIsBad(key: BlobKey | undefined, why: string): void {
    const blob = key && this.blobs.get(key);
    if (blob?.download !== undefined) blob.giveUp(mismatch(blob, why));
  }
}

type OfBlob = Exclude<
  Extract<Output, { readonly key: BlobKey }>,
  { readonly do: "send" | "closeChannel" | "sendBlock" }
>;

const ISSUER_MS = 10_000;

const mismatch = ({ name }: LeanBlob, why = "every piece has its hash"): BtError =>
  new BtError(
    "DIGEST_MISMATCH",
    `could not download sha256:${name}: ${why}, and the whole has another SHA-256: its hashes are of other bytes`,
  );

/** An agent as the core knows it before anybody has spoken with it. */
export const agentAt = (host: string, port: number, zone: string): Peer => {
  const address = addressOf(host, port);
  return { node: address, zone, address, kind: "agent" };
};

export const listOf = (torrent: Torrent, generation = 1): HashList => ({
  generation,
  issuer: 0,
  hashes: torrent.pieces,
});
