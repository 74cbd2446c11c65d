import { createCore } from "../core.ts";
import type {
  BlobKey,
  BlobSpec,
  Core,
  Finding,
  HashList,
  LinkId,
  Message,
  Output,
  Peer,
  Policy,
} from "../messages.ts";
import { defaultPolicy } from "../policy.ts";
import { BlobOnDisk, type Content } from "./disk.ts";
import type { EventQueue } from "./event-queue.ts";
import { seededRandom } from "./random.ts";
import { type Pipe, Port } from "./wire.ts";

export type NodeOptions = {
  readonly name: string;
  readonly zone?: string;
  /** Of its link, bytes a second. */
  readonly upBps: number;
  readonly downBps: number;
  readonly policy?: Partial<Policy>;
  readonly poolBytes?: number;
  /** What it limits itself to, bytes a second. */
  readonly uploadBps?: number;
  readonly downloadBps?: number;
  /** What it takes from registries at most, over all streams. */
  readonly registryBps?: number;
  /** How it lies. */
  readonly badBlockEvery?: number;
  readonly changeMessage?: (message: Message) => Message;
};

export type End = { readonly node: Node; readonly link: LinkId; readonly pipe: Pipe };
export type Connection = readonly [dialler: End, acceptor: End];

export type NodeBlob = {
  readonly spec: BlobSpec;
  readonly disk: BlobOnDisk;
  provenMs: number | undefined;
  list: HashList | undefined;
  /** Counts up when a stream from the registry begins or ends. */
  stream: number;
};

/** A core with a link, a disk, and what came of it. */
export class Node {
  readonly options: NodeOptions;
  readonly core: Core;
  readonly peer: Peer;
  readonly port: Port;
  /** Where the registry's bytes come in: they wait there for their turn, and nothing else waits for them. */
  readonly registryPort: Port;
  readonly connections = new Map<LinkId, Connection>();
  readonly blobs = new Map<BlobKey, NodeBlob>();
  readonly out: Output[] = [];
  readonly blamed: { readonly node: string | undefined; readonly finding: Finding }[] = [];
  wakes = 0;
  isDead = false;
  sentBytes = 0;
  blocksSent = 0;
  diskFreeMs = 0;
  readonly #seed: number;
  #links = 0;

  constructor(events: EventQueue, options: NodeOptions, seed: number) {
    const { name, zone = "", upBps, downBps } = options;
    this.options = options;
    this.peer = { node: name, zone, address: name, kind: "agent" };
    this.port = new Port(events, upBps, downBps);
    const { registryBps } = options;
    this.registryPort =
      registryBps === undefined ? this.port : new Port(events, upBps, registryBps);
    this.#seed = seed;
    this.core = this.newCore();
  }

  /** A core as this node's was before its first step. */
  newCore(): Core {
    const { name, zone = "", policy } = this.options;
    const whole = { ...defaultPolicy, node: name, zone, ...policy };
    return createCore(whole, seededRandom(this.#seed));
  }

  get name(): string {
    return this.options.name;
  }

  nextLink(): LinkId {
    return ++this.#links as LinkId;
  }

  /** Both ends of a connection, ours first. */
  ends(link: LinkId): { readonly mine: End; readonly theirs: End } | undefined {
    const connection = this.connections.get(link);
    if (connection === undefined) return undefined;
    const [dialler, acceptor] = connection;
    return dialler.node === this
      ? { mine: dialler, theirs: acceptor }
      : { mine: acceptor, theirs: dialler };
  }

  add(spec: BlobSpec, content: Content, nowMs: number): NodeBlob {
    const disk = new BlobOnDisk(content);
    if (spec.proven === true) disk.fill();
    const provenMs = spec.proven === true ? nowMs : undefined;
    const blob: NodeBlob = { spec, disk, provenMs, list: spec.list, stream: 0 };
    this.blobs.set(spec.key, blob);
    return blob;
  }

  isIn(group: string): boolean {
    for (const { spec } of this.blobs.values()) if (spec.group === group) return true;
    return false;
  }
}
