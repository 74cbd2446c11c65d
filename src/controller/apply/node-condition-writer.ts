import { FIELD_MANAGERS } from "../../api/index.ts";
import type { Clock, Component, Log } from "../../runtime/index.ts";
import type { Lacking } from "../fleet/lacking.ts";
import { listAt, recordAt, textAt } from "../gather/read.ts";
import type { ApiClient } from "../kube/api-client.ts";
import type { KubeObject } from "../kube/kube-object.ts";
import type { ObjectReader } from "../kube/object-cache.ts";
import { createWorkQueue, type Outcome, type WorkQueue } from "../queue/work-queue.ts";
import { IMAGES_READY, imagesReady, type NodeCondition } from "../status/images-ready.ts";
import { type TurnLimits, WriteTurns } from "../status/write-turns.ts";
import { heedingRefusals } from "./refusals.ts";
import { NODES } from "./resources.ts";

export type NodeConditionWriterDeps = {
  readonly client: ApiClient;
  readonly clock: Clock;
  /** Milliseconds since 1970, of a moment of the clock. */
  readonly wallTime: (ms: number) => number;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly log: Log;
  readonly nodes: ObjectReader;
  readonly lacking: Pick<Lacking, "on">;
  /** Whether every distribution has been looked at since that moment of the clock. */
  readonly hasLookedSince: (ms: number) => boolean;
};

/** Says on each node, in a condition, whether it has the images that it should have. Writes only what has changed. */
export type NodeConditionWriter = Component & {
  /** Something may have changed. */
  look(node: string): void;
};

/** 20 writes a second, for each node one in five seconds. */
const LIMITS: TurnLimits = {
  perSecond: 20,
  atOnce: { news: 100, progress: 100 },
  apartMs: 5_000,
};
const WORKERS = 4;
const MOST_NODES = 10_000;
const LOOK_AGAIN_MS = 1_000;

export function createNodeConditionWriter(deps: NodeConditionWriterDeps): NodeConditionWriter {
  const { client, clock, random, log, nodes, lacking } = deps;
  const turns = new WriteTurns(LIMITS);
  /** By node: which object of the name it is, and when it came, as long as that matters. */
  const known = new Map<string, { readonly uid: string; cameAt: number | undefined }>();

  /** A node that has just come lacks nothing until the distributions have been looked at with it. */
  function isDecided({ metadata: { name, uid } }: KubeObject): boolean {
    const before = known.get(name);
    const entry = before?.uid === uid ? before : { uid, cameAt: clock.now() };
    known.set(name, entry);
    if (entry.cameAt !== undefined && deps.hasLookedSince(entry.cameAt)) entry.cameAt = undefined;
    return entry.cameAt === undefined;
  }

  const work = async (name: string, signal: AbortSignal): Promise<Outcome> => {
    const node = nodes.get(name);
    if (node === undefined) {
      known.delete(name);
      turns.drop(name);
      return {};
    }
    if (!isDecided(node)) return { requeueAfterMs: LOOK_AGAIN_MS };
    const next = imagesReady(lacking.on(name));
    const written = writtenIn(node);
    if (written !== undefined && isSame(written, next)) {
      turns.drop(name);
      return {};
    }
    const wait = turns.waitMs(name, "news", clock.now());
    if (wait > 0) return { requeueAfterMs: wait };
    turns.wrote(name, clock.now());
    const now = new Date(deps.wallTime(clock.now())).toISOString().replace(/\.\d+Z$/, "Z");
    const isTurned = textAt(written, "status") !== next.status;
    const lastTransitionTime = isTurned ? now : textAt(written, "lastTransitionTime");
    const conditions = [{ ...next, lastHeartbeatTime: now, lastTransitionTime }];
    const draft = { apiVersion: "v1", kind: "Node", metadata: { name }, status: { conditions } };
    const place = { name, subresource: "status" };
    await client.apply(NODES, place, draft, FIELD_MANAGERS.controller, signal);
    return {};
  };

  const queue: WorkQueue = createWorkQueue({
    clock,
    random,
    work: (node, signal) => heedingRefusals(work(node, signal)),
    workers: WORKERS,
    maxKeys: MOST_NODES,
    onFailure: ({ key, error, retryInMs }) =>
      log.warn("a node's condition could not be written", { node: key, error, retryInMs }),
    allKeys: function* () {
      for (const { metadata } of nodes.values()) yield metadata.name;
    },
  });
  return {
    name: "writer of nodes' conditions",
    look: (node) => queue.add(node),
    run: (signal) => queue.run(signal),
  };
}

const writtenIn = (node: KubeObject): unknown =>
  listAt(recordAt(node, "status"), "conditions").find(
    (condition) => textAt(condition, "type") === IMAGES_READY,
  );

const isSame = (written: unknown, next: NodeCondition): boolean =>
  (["status", "reason", "message"] as const).every(
    (field) => textAt(written, field) === next[field],
  );
