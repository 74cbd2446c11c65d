// A network of cores in memory and in virtual time: a shell for each of them, with links (wire.ts), disks (disk.ts), a tracker, a registry and an
// issuer. Same options, same run.
import type {
  BlobKey,
  BlobSpec,
  HashList,
  Input,
  Lease,
  LinkId,
  Message,
  Output,
  Peer,
  Range,
} from "../messages.ts";
import { bytesOfPiece, type Content, HASH_BYTES, isSame } from "./disk.ts";
import { EventQueue } from "./event-queue.ts";
import { type Connection, type End, Node, type NodeBlob, type NodeOptions } from "./node.ts";
import { Registry } from "./registry.ts";
import { Pipe, type WireOptions } from "./wire.ts";

export type NetworkOptions = Partial<WireOptions> & {
  readonly seed: number;
  /** Hashing and writing, bytes a second. */
  readonly diskBps?: number;
  /** How often a node's thread gets its turn, when the machine has much to do; 0 when at once. */
  readonly turnMs?: number;
};

const KIB = 1024;
const POOL_BYTES = 32 * KIB * KIB;
const MESSAGE_BYTES = 24;
const HANDSHAKE_TRIPS = 3;
const TRACKER_MS = 2;
const CONTROLLER_MS = 5;
const PROOF_MS = 1;
const RUBBISH = new Uint8Array(20).fill(0xdd);

export type Step = { readonly node: Node; readonly nowMs: number; readonly input: Input };
type IssuerAnswer = HashList | "retracted" | "silent";
type OfBlob = Exclude<Extract<Output, { key: BlobKey }>, { link: LinkId }>;

export class Network {
  readonly events = new EventQueue();
  readonly registry: Registry;
  readonly nodes = new Map<string, Node>();
  readonly contents = new Map<BlobKey, Content>();
  /** Sees every step and what came of it. */
  onStep: ((step: Step, outputs: readonly Output[]) => void) | undefined;
  /** What the issuer says of a blob's hashes. */
  issuer: (key: BlobKey) => IssuerAnswer;
  /** Who asks for a lease gets this. */
  lease: (node: Node, key: BlobKey) => Lease | undefined = () => undefined;
  readonly #generations = new Map<BlobKey, number>();
  readonly #seed: number;
  readonly #diskBps: number;
  readonly #turnMs: number;
  readonly #wire: WireOptions;

  constructor({ seed, diskBps = 400e6, turnMs = 0, ...wire }: NetworkOptions) {
    this.#seed = seed;
    this.#turnMs = turnMs;
    this.#diskBps = diskBps;
    this.#wire = {
      latencyMs: 0.5,
      overhead: 1.047,
      sendBufferBytes: 96 * KIB,
      windowBytes: 256 * KIB,
      ...wire,
    };
    this.registry = new Registry(this.events, this.#wire.overhead);
    this.issuer = (key) => this.listOf(key);
  }

  /** The right hashes, as far as the registry has given the pieces if it was asked at all. */
  listOf(key: BlobKey): HashList | "silent" {
    const generation = this.#generations.get(key) ?? 1;
    const hashes = this.contents.get(key)?.hashes;
    const known = this.registry.given.get(key) ?? Number.POSITIVE_INFINITY;
    if (hashes === undefined) return "silent";
    return { generation, issuer: generation, hashes: hashes.slice(0, known * HASH_BYTES) };
  }

  get nowMs(): number {
    return this.events.nowMs;
  }

  addNode(options: NodeOptions): Node {
    const node = new Node(this.events, options, this.#seed * 7919 + this.nodes.size);
    this.nodes.set(node.name, node);
    const { poolBytes = POOL_BYTES, uploadBps = 0, downloadBps = 0 } = options;
    this.tell(node, { on: "capacity", poolBytes, uploadBps, downloadBps });
    return node;
  }

  want(node: Node, spec: BlobSpec): void {
    const content = this.contents.get(spec.key);
    if (content === undefined) throw new Error(`there is no blob ${spec.key} in this network`);
    node.add(spec, content, this.nowMs);
    this.tell(node, { on: "blobWanted", blob: spec });
  }

  grant(node: Node, key: BlobKey, lease: Lease): void {
    this.#generations.set(key, lease.generation);
    this.registry.given.set(key, 0);
    this.tell(node, { on: "leaseGranted", key, lease });
  }

  drop(node: Node, key: BlobKey): void {
    node.blobs.delete(key);
    this.tell(node, { on: "blobDropped", key });
  }

  /** Cuts a connection, as a router does that forgets it. */
  cut(node: Node, link: LinkId): void {
    const connection = node.connections.get(link);
    if (connection === undefined) return;
    this.#disconnect(connection, node);
    this.tell(node, { on: "linkDown", link, reason: "closed" });
  }

  kill(node: Node): void {
    node.isDead = true;
    for (const connection of [...node.connections.values()]) this.#disconnect(connection, node);
  }

  at(nowMs: number, act: () => void): void {
    this.events.add(nowMs, act);
  }

  /** Runs until the condition holds or the time is over; says whether it holds. */
  run(untilMs: number, isDone: () => boolean): boolean {
    while (!isDone()) {
      if (this.events.size === 0 || this.events.nextMs > untilMs) return false;
      this.events.runNext();
    }
    return true;
  }

  tell(node: Node, input: Input): void {
    if (this.#turnMs === 0 || this.nowMs === 0) {
      this.#step(node, input);
      return;
    }
    // Nodes do not get their turns at the same time.
    const phaseMs = ([...this.nodes.values()].indexOf(node) * 7) % this.#turnMs;
    const turn = Math.ceil((this.nowMs + phaseMs) / this.#turnMs);
    this.events.add(turn * this.#turnMs - phaseMs, () => this.#step(node, input));
  }

  #step(node: Node, input: Input): void {
    if (node.isDead) return;
    node.core.step(this.nowMs, input, node.out);
    const outputs = node.out.splice(0);
    this.onStep?.({ node, nowMs: this.nowMs, input }, outputs);
    for (const output of outputs) this.#carryOut(node, output);
  }

  #after(ms: number, act: () => void): void {
    this.events.add(this.nowMs + ms, act);
  }

  #carryOut(node: Node, output: Output): void {
    switch (output.do) {
      case "dial":
        this.#dial(node, output.peer);
        break;
      case "hangUp": {
        const connection = node.connections.get(output.link);
        if (connection !== undefined) this.#disconnect(connection, node);
        break;
      }
      case "findPeers":
        this.#after(TRACKER_MS, () => this.#tellPeers(node, output.group));
        break;
      case "send":
        this.#send(node, output.link, output.key, output.message);
        break;
      case "sendBlock":
        this.#sendBlock(node, output.link, output.key, output);
        break;
      case "closeChannel":
        this.#closeChannel(node, output.link, output.key);
        break;
      case "wakeAt": {
        const wake = ++node.wakes;
        this.events.add(output.nowMs, () => {
          if (node.wakes === wake) this.tell(node, { on: "tick" });
        });
        break;
      }
      case "blame":
        node.blamed.push({ node: output.peer?.node, finding: output.finding });
        break;
      default: {
        const blob = node.blobs.get(output.key);
        if (blob !== undefined) this.#carryOutOf(node, blob, output);
      }
    }
  }

  #carryOutOf(node: Node, blob: NodeBlob, output: OfBlob): void {
    const { key } = output;
    switch (output.do) {
      case "askIssuer":
        this.#after(CONTROLLER_MS, () => {
          this.tell(node, { on: "issuerList", key, answer: this.issuer(key) });
        });
        break;
      case "askLease":
        this.#after(CONTROLLER_MS, () => {
          const lease = this.lease(node, key);
          if (lease !== undefined) this.grant(node, key, lease);
        });
        break;
      case "checkPiece":
        this.#check(node, blob, output.piece, output.expected);
        break;
      case "abandonPiece":
        blob.disk.takeOut(output.piece);
        break;
      case "proveBlob":
        this.#after(PROOF_MS, () => this.#prove(node, blob));
        break;
      case "recheckBlob":
        this.#after(PROOF_MS, () => {
          this.tell(node, { on: "blobRechecked", key, bad: blob.disk.differing(output.hashes) });
        });
        break;
      case "fetch":
        this.#fetch(node, blob, output.fromPiece);
        break;
      case "stopFetch":
        blob.stream++;
        break;
      case "discard":
        for (const piece of output.pieces) blob.disk.discard(piece);
        break;
      case "listProven":
        blob.list = output.list;
        break;
      default:
        output satisfies never;
    }
  }

  #tellPeers(node: Node, group: string): void {
    const others = [...this.nodes.values()].filter(
      (other) => other !== node && !other.isDead && other.isIn(group),
    );
    this.tell(node, { on: "peersFound", group, peers: others.map(({ peer }) => peer) });
  }

  #dial(node: Node, peer: Peer): void {
    this.#after(HANDSHAKE_TRIPS * 2 * this.#wire.latencyMs, () => {
      const other = this.nodes.get(peer.node);
      if (node.isDead) return;
      if (other === undefined || other.isDead) {
        this.tell(node, { on: "dialFailed", peer, reason: "refused" });
      } else this.#connect(node, other);
    });
  }

  #connect(dialler: Node, acceptor: Node): void {
    const connection = [this.#end(dialler, acceptor), this.#end(acceptor, dialler)] as const;
    const [mine, theirs] = connection;
    dialler.connections.set(mine.link, connection);
    acceptor.connections.set(theirs.link, connection);
    this.tell(acceptor, { on: "linkUp", link: theirs.link, peer: dialler.peer, dialled: false });
    this.tell(dialler, { on: "linkUp", link: mine.link, peer: acceptor.peer, dialled: true });
  }

  #end(node: Node, to: Node): End {
    const link = node.nextLink();
    const ends = { from: node.port, to: to.port };
    const pipe = new Pipe(this.events, this.#wire, ends, (queuedBytes) => {
      this.tell(node, { on: "blockSent", link, queuedBytes });
    });
    return { node, link, pipe };
  }

  #disconnect(connection: Connection, by: Node): void {
    for (const { node, link, pipe } of connection) {
      pipe.close();
      node.connections.delete(link);
      if (node === by) continue;
      this.#after(this.#wire.latencyMs, () => {
        this.tell(node, { on: "linkDown", link, reason: "closed" });
      });
    }
  }

  #send(node: Node, link: LinkId, key: BlobKey, message: Message): void {
    const ends = node.ends(link);
    if (ends === undefined) return;
    const { mine, theirs } = ends;
    const said = node.options.changeMessage?.(message) ?? message;
    const bytes = MESSAGE_BYTES + (said.id === "hashes" ? said.hashes.length : 0);
    mine.pipe.send(bytes, () => {
      this.tell(theirs.node, { on: "message", link: theirs.link, key, message: said });
    });
  }

  #closeChannel(node: Node, link: LinkId, key: BlobKey): void {
    const ends = node.ends(link);
    ends?.mine.pipe.send(MESSAGE_BYTES, () => {
      this.tell(ends.theirs.node, { on: "channelClosed", link: ends.theirs.link, key });
    });
  }

  #sendBlock(node: Node, from: LinkId, key: BlobKey, { piece, offset, bytes }: Range): void {
    const ends = node.ends(from);
    if (ends === undefined) return;
    const { mine, theirs } = ends;
    const every = node.options.badBlockEvery ?? Number.POSITIVE_INFINITY;
    node.blocksSent++;
    node.sentBytes += bytes;
    const isBad = node.blocksSent % every === 0;
    const hash = (isBad ? undefined : node.blobs.get(key)?.disk.read(piece)) ?? RUBBISH;
    mine.pipe.sendBlock(bytes, () => {
      const range = { piece, offset, bytes };
      theirs.node.blobs.get(key)?.disk.receive(range, hash);
      this.tell(theirs.node, { on: "blockArrived", link: theirs.link, key, ...range });
    });
  }

  #check(node: Node, blob: NodeBlob, piece: number, expected: Uint8Array): void {
    const hash = blob.disk.takeOut(piece);
    const ms = (bytesOfPiece(blob.disk.content, piece) * 1000) / this.#diskBps;
    node.diskFreeMs = Math.max(node.diskFreeMs, this.nowMs) + ms;
    this.events.add(node.diskFreeMs, () => {
      const ok = isSame(hash, expected);
      if (ok) blob.disk.write(piece, hash);
      this.tell(node, { on: "pieceChecked", key: blob.spec.key, piece, ok });
    });
  }

  #prove(node: Node, blob: NodeBlob): void {
    const { key } = blob.spec;
    const { isRight } = blob.disk;
    if (isRight) blob.provenMs ??= this.nowMs;
    this.tell(node, { on: isRight ? "blobProven" : "blobDisproven", key });
  }

  #fetch(node: Node, blob: NodeBlob, fromPiece: number): void {
    const stream = ++blob.stream;
    const { content } = blob.disk;
    this.registry.stream(content, fromPiece, node.registryPort, {
      isOver: () => node.isDead || blob.stream !== stream,
      piece: (piece, hash) => {
        blob.disk.write(piece, hash);
        this.tell(node, { on: "pieceFetched", key: content.key, piece, hash });
      },
    });
  }
}
