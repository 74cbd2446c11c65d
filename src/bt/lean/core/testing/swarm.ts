// A swarm as tests want it: one origin, some leechers, links of one rate; and what there is to measure of it.
import { pieceLength } from "../../../torrent.ts";
import type { BlobKey, BlobSpec } from "../messages.ts";
import { type Content, HASH_BYTES } from "./disk.ts";
import { Network, type NetworkOptions } from "./network.ts";
import type { Node, NodeOptions } from "./node.ts";
import { seededRandom } from "./random.ts";

export const MB = 1_000_000;
const START_APART_MS = 5;

export type SwarmOptions = {
  readonly leechers: number;
  /** Of every link, and of the registry's: bytes a second. */
  readonly bps: number;
  /** Bytes of each layer. */
  readonly layers: readonly number[];
  /** whole: the origin has every layer. fetching: it has a lease and nothing else. */
  readonly origin?: "whole" | "fetching";
  readonly network?: Partial<NetworkOptions>;
  readonly node?: (index: number) => Partial<NodeOptions>;
  /** Of a layer, by its place. */
  readonly spec?: (rank: number) => Partial<BlobSpec>;
};

export type Swarm = {
  readonly network: Network;
  readonly origin: Node;
  readonly leechers: readonly Node[];
  readonly layers: readonly Content[];
  readonly bytes: number;
  /** How long one node's link takes for all layers, payload alone. */
  readonly boundMs: number;
};

export function aContent(name: string, size: number, pieceBytes = pieceLength(size)): Content {
  const random = seededRandom([...name].reduce((sum, char) => sum * 31 + char.charCodeAt(0), 7));
  const hashes = new Uint8Array(Math.ceil(size / pieceBytes) * HASH_BYTES);
  for (let index = 0; index < hashes.length; index++) hashes[index] = Math.floor(random() * 256);
  return { key: name as BlobKey, size, pieceBytes, hashes };
}

const bitsFor = (count: number, isHeld: boolean): Uint8Array => {
  const bits = new Uint8Array(Math.ceil(count / 8));
  if (isHeld) for (let i = 0; i < count; i++) bits[i >> 3] = (bits[i >> 3] ?? 0) | (128 >> (i & 7));
  return bits;
};

export function aSpec(content: Content, more: Partial<BlobSpec> = {}): BlobSpec {
  const { key, size, pieceBytes, hashes } = content;
  const isWhole = more.proven === true;
  return {
    key,
    size,
    pieceBytes,
    group: "image",
    priority: 0,
    startedMs: 0,
    rank: 0,
    held: bitsFor(hashes.length / HASH_BYTES, isWhole),
    ...(isWhole && { list: { generation: 1, issuer: 1, hashes } }),
    ...more,
  };
}

export function aSwarm(options: SwarmOptions): Swarm {
  const { leechers: count, bps, layers: sizes, origin: kind = "whole" } = options;
  const network = new Network({ seed: 1, ...options.network });
  network.registry.bps = bps;
  const layers = sizes.map((size, rank) => aContent(`layer ${rank}`, size));
  for (const layer of layers) network.contents.set(layer.key, layer);
  const nodeOf = (name: string, index: number) =>
    network.addNode({ name, upBps: bps, downBps: bps, ...options.node?.(index) });
  const origin = nodeOf("origin", -1);
  const leechers = Array.from({ length: count }, (_, index) => nodeOf(`leecher ${index}`, index));
  const lease = { generation: 1, issuer: 1, fromPiece: 0 };
  const start = (node: Node, more: Partial<BlobSpec>) => {
    for (const [rank, layer] of layers.entries())
      network.want(node, aSpec(layer, { rank, ...options.spec?.(rank), ...more }));
  };
  start(origin, kind === "whole" ? { proven: true } : { lease });
  for (const [index, leecher] of leechers.entries()) {
    network.at(index * START_APART_MS, () => start(leecher, {}));
  }
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  return { network, origin, leechers, layers, bytes, boundMs: (bytes * 1000) / bps };
}

/** When a node had all of these, or undefined. */
export function finishedMs(node: Node, layers: readonly Content[]): number | undefined {
  let latest = 0;
  for (const { key } of layers) {
    const provenMs = node.blobs.get(key)?.provenMs;
    if (provenMs === undefined) return undefined;
    latest = Math.max(latest, provenMs);
  }
  return latest;
}

export type Outcome = {
  /** The last leecher's time to the bound. */
  readonly ratio: number;
  /** Of each leecher that was not killed, in order of finishing. */
  readonly finishedMs: readonly number[];
  /** What the origin sent to the image's size; what the registry sent to it. */
  readonly copies: number;
  readonly egress: number;
};

const MAX_BOUNDS = 20;

/** When the last leecher had these, or infinity. */
export const allFinishedMs = ({ leechers }: Swarm, layers: readonly Content[]): number =>
  Math.max(...leechers.map((node) => finishedMs(node, layers) ?? Number.POSITIVE_INFINITY));

/** Runs until all leechers have everything. Throws, with what they say for themselves, when they do not within 20 times the bound. */
export function finish(swarm: Swarm, isAwaited: (node: Node) => boolean = () => true): Outcome {
  const { network, origin, layers, bytes, boundMs } = swarm;
  const awaited = () => swarm.leechers.filter((node) => !node.isDead && isAwaited(node));
  const isDone = () => awaited().every((node) => finishedMs(node, layers) !== undefined);
  const limitMs = network.nowMs + Math.max(60_000, MAX_BOUNDS * boundMs);
  if (!network.run(limitMs, isDone)) throw new Error(`not finished:\n${whyNot(awaited(), layers)}`);
  const times = awaited().map((node) => finishedMs(node, layers) ?? Number.POSITIVE_INFINITY);
  times.sort((a, b) => a - b);
  return {
    ratio: (times.at(-1) ?? 0) / boundMs,
    finishedMs: times,
    copies: origin.sentBytes / bytes,
    egress: network.registry.sentBytes / bytes,
  };
}

const whyNot = (nodes: readonly Node[], layers: readonly Content[]): string =>
  nodes
    .flatMap((node) =>
      layers.map(({ key }) => {
        const [first] = node.core.explain(key).findings;
        return `${node.name}, ${key}: ${first?.code} ${first?.text}`;
      }),
    )
    .join("\n");
