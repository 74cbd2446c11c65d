import { isDeepStrictEqual } from "node:util";
import { API_VERSION, type WantedImage } from "../../api/index.ts";
import type { Clock, Component, Log } from "../../runtime/index.ts";
import type { NodeSets } from "../fleet/node-sets.ts";
import { listAt, recordAt, textAt } from "../gather/read.ts";
import type { ApiClient, ObjectDraft } from "../kube/api-client.ts";
import type { KubeObject } from "../kube/kube-object.ts";
import type { ObjectReader } from "../kube/object-cache.ts";
import { createWorkQueue, type Outcome, type WorkQueue } from "../queue/work-queue.ts";
import { type TurnLimits, WriteTurns } from "../status/write-turns.ts";
import { heedingRefusals } from "./refusals.ts";
import { NODE_IMAGE_SETS } from "./resources.ts";

export type NodeSetWriterDeps = {
  readonly client: ApiClient;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly log: Log;
  readonly sets: NodeSets;
  readonly nodes: ObjectReader;
  readonly nodeImageSets: ObjectReader;
  /** Whether the node's agent has been heard of: then it gets an object though it is to hold nothing. */
  readonly hasAgent: (node: string) => boolean;
};

/** Writes into each node's NodeImageSet what the node is to hold; only where something else stands there. */
export type NodeSetWriter = Component & {
  /** Something may have changed. */
  look(node: string): void;
};

/**
 * A hundred nodes are told at once, and then 5 a second: agents hear of it in their sessions, and this is for people and for
 * the next leader. Nodes that are to seed come first.
 */
const LIMITS: TurnLimits = { perSecond: 5, atOnce: { news: 150, progress: 100 }, apartMs: 1_000 };
const WORKERS = 8;
const MOST_NODES = 10_000;

export function createNodeSetWriter(deps: NodeSetWriterDeps): NodeSetWriter {
  const { client, clock, random, log, sets, nodes, nodeImageSets, hasAgent } = deps;
  const turns = new WriteTurns(LIMITS);

  const work = async (name: string, signal: AbortSignal): Promise<Outcome> => {
    const node = nodes.get(name);
    const known = nodeImageSets.get(name);
    const images = sets.imagesOn(name);
    const isWanted = images.length > 0 || known !== undefined || hasAgent(name);
    if (node === undefined || !isWanted || (known && isWritten(known, node, images))) {
      turns.drop(name);
      return {};
    }
    const lane = images.some(({ role }) => role === "Seeder") ? "news" : "progress";
    const wait = turns.waitMs(name, lane, clock.now());
    if (wait > 0) return { requeueAfterMs: wait };
    turns.wrote(name, clock.now());
    const { apiVersion, kind, ...fields } = draftOf(node, images);
    // Not by server-side apply: a list of which nothing is left takes the spec with it there, and the spec is required.
    if (known !== undefined) await client.mergePatch(NODE_IMAGE_SETS, { name }, fields, signal);
    else await client.create(NODE_IMAGE_SETS, {}, { apiVersion, kind, ...fields }, signal);
    return {};
  };

  const queue: WorkQueue = createWorkQueue({
    clock,
    random,
    work: (node, signal) => heedingRefusals(work(node, signal)),
    workers: WORKERS,
    maxKeys: MOST_NODES,
    onFailure: ({ key, error, retryInMs }) =>
      log.warn("what a node is to hold could not be written", { node: key, error, retryInMs }),
    allKeys: function* () {
      for (const { metadata } of nodes.values()) yield metadata.name;
    },
  });
  return {
    name: "writer of NodeImageSets",
    look: (node) => queue.add(node),
    run: (signal) => queue.run(signal),
  };
}

const ownerOf = ({ metadata: { name, uid } }: KubeObject) => ({
  apiVersion: "v1",
  kind: "Node",
  name,
  uid,
});

const draftOf = (node: KubeObject, images: readonly WantedImage[]): ObjectDraft => ({
  apiVersion: API_VERSION,
  kind: "NodeImageSet",
  metadata: { name: node.metadata.name, ownerReferences: [ownerOf(node)] },
  spec: { images },
});

/** A node that was made anew under its name is another owner. */
function isWritten(known: KubeObject, node: KubeObject, images: readonly WantedImage[]): boolean {
  const owners = listAt(known.metadata, "ownerReferences");
  if (!owners.some((owner) => textAt(owner, "uid") === node.metadata.uid)) return false;
  const written = listAt(recordAt(known, "spec"), "images");
  const inOrder = written.toSorted((a, b) => (textAt(a, "key") < textAt(b, "key") ? -1 : 1));
  return isDeepStrictEqual(inOrder, images);
}
