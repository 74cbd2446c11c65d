import { isDeepStrictEqual } from "node:util";
import { type Clock, type Component, type Log, runAll } from "../../runtime/index.ts";
import { createNodeSetWriter, type NodeSetWriter } from "../apply/node-set-writer.ts";
import { nodeFactsOf } from "../gather/node-facts.ts";
import type { ApiClient } from "../kube/api-client.ts";
import type { Change, ObjectReader } from "../kube/object-cache.ts";
import type { SessionChange, Sessions } from "../sessions/sessions.ts";
import { adoptNodeImageSets, heldIn } from "./adopt.ts";
import { createDistributionQueue, type DistributionQueue } from "./distribution-queue.ts";
import { type Fleet, newFleet } from "./fleet.ts";
import type { Resolutions } from "./reconcile.ts";
import { SessionNews } from "./session-news.ts";

export type LeadingDeps = {
  readonly client: ApiClient;
  readonly clock: Clock;
  /** Milliseconds since 1970, of a moment of the clock. */
  readonly wallTime: (ms: number) => number;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly log: Log;
  /** Of this process, for events. */
  readonly instance: string;
  /** Copies that are whole. */
  readonly distributions: ObjectReader;
  readonly nodes: ObjectReader;
  readonly nodeImageSets: ObjectReader;
  readonly sessions: Pick<Sessions, "facts" | "forget">;
  /** @param look has the distribution with this key looked at again */
  readonly resolutions: (look: (key: string) => void) => Resolutions;
  /** Something else is wanted of these nodes: their agents are to be told. */
  readonly tellAgents: (fleet: Fleet, nodes: ReadonlySet<string>) => void;
  readonly startupTaints: ReadonlySet<string>;
};

/** What a process does while it leads. To be told of everything that changes meanwhile. */
export type Leading = Component & {
  distributionChanged(change: Change): void;
  nodeChanged(change: Change): void;
  nodeImageSetChanged(change: Change): void;
  sessionChanged(node: string, what: SessionChange): void;
};

const TOGETHER_MS = 200;
const ZONE = "topology.kubernetes.io/zone";

export function startLeading(deps: LeadingDeps): Leading {
  const { client, clock, random, log, nodes, nodeImageSets, sessions } = deps;
  const fleet = newFleet(deps.wallTime(clock.now()));
  adoptNodeImageSets(fleet, nodeImageSets);
  const writer = createNodeSetWriter({
    ...{ client, clock, random, log, nodes, nodeImageSets },
    sets: fleet.sets,
    hasAgent: (node) => sessions.facts().has(node),
  });
  const queue = createDistributionQueue(deps, fleet, (changed) => {
    for (const node of changed) writer.look(node);
    deps.tellAgents(fleet, changed);
  });
  return {
    name: "leading",
    distributionChanged: queue.changed,
    ...nodeChanges(deps, { fleet, writer, queue }),
    async run(signal) {
      for (const { metadata } of nodes.values()) writer.look(metadata.name);
      await runAll([{ name: "distributions", run: queue.run }, writer], signal);
    },
  };
}

type Parts = {
  readonly fleet: Fleet;
  readonly writer: NodeSetWriter;
  readonly queue: DistributionQueue;
};

function nodeChanges(
  { clock, wallTime, nodes, sessions, tellAgents }: LeadingDeps,
  { fleet, writer, queue }: Parts,
): Pick<Leading, "nodeChanged" | "nodeImageSetChanged" | "sessionChanged"> {
  const news = new SessionNews(fleet);
  return {
    nodeChanged(change) {
      writer.look(change.key);
      if (isOnlyOfUseToOthers(change)) return;
      if (change.type === "deleted") {
        sessions.forget(change.key);
        news.forget(change.key);
        fleet.reports.forgetNode(change.key);
      }
      queue.look({ keys: "all", withinMs: TOGETHER_MS });
    },
    nodeImageSetChanged(change) {
      writer.look(change.key);
      if (change.type === "deleted") return;
      const keys = fleet.reports.read(change.key, heldIn(change.object));
      queue.look({ keys, withinMs: TOGETHER_MS });
    },
    sessionChanged(node, what) {
      if (what === "opened") writer.look(node);
      const facts = sessions.facts().get(node);
      if (facts === undefined) return;
      const zone = nodes.get(node)?.metadata.labels?.[ZONE] ?? "";
      const found = news.take(node, what, facts, zone, wallTime(clock.now()));
      // Before the session says that the lease is none: it may be of an earlier leader.
      if (what === "leaseReport" && found?.withinMs === 0) tellAgents(fleet, new Set([node]));
      if (found !== undefined) queue.look(found);
    },
  };
}

/** Nodes change often, and seldom in what counts here. */
const isOnlyOfUseToOthers = (change: Change): boolean =>
  change.type === "updated" &&
  isDeepStrictEqual(nodeFactsOf(change.previous), nodeFactsOf(change.object));
