import { isDeepStrictEqual } from "node:util";
import type { Digest } from "../../api/index.ts";
import { type Component, runAll } from "../../runtime/index.ts";
import {
  createNodeConditionWriter,
  type NodeConditionWriter,
} from "../apply/node-condition-writer.ts";
import { createNodeSetWriter, type NodeSetWriter } from "../apply/node-set-writer.ts";
import type { AdmittedSwarms } from "../fleet/admitted-swarms.ts";
import { nodeFactsOf, zoneIn } from "../gather/node-facts.ts";
import type { Change } from "../kube/object-cache.ts";
import type { SessionChange } from "../sessions/sessions.ts";
import { adoptNodeImageSets, heldIn } from "./adopt.ts";
import { createDistributionQueue, type DistributionQueue } from "./distribution-queue.ts";
import { type Fleet, newFleet, nodesSharing } from "./fleet.ts";
import type { LeadingDeps, Term, TermInput } from "./leading-deps.ts";
import { SessionNews } from "./session-news.ts";

/** What a process does while it leads. To be told of everything that changes meanwhile. */
export type Leading = Component & {
  distributionChanged(change: Change): void;
  nodeChanged(change: Change): void;
  nodeImageSetChanged(change: Change): void;
  /** @param about the blob that it is about, where it is about one */
  sessionChanged(node: string, what: SessionChange, about?: Digest): void;
  /** Distributions that wait to be looked at, and layers that are fetched from registries. */
  figures(): { readonly waiting: number; readonly leases: number };
  /** By its name: whether a distribution wants the layer of the swarm. */
  readonly swarms: Pick<AdmittedSwarms, "has">;
};

const TOGETHER_MS = 200;

export function startLeading(deps: LeadingDeps): Leading {
  const { client, clock, random, log, nodes, nodeImageSets, sessions } = deps;
  const zoneOf = (node: string) => zoneIn(nodes.get(node));
  const fleet = newFleet(deps.wallTime(clock.now()));
  adoptNodeImageSets(fleet, nodeImageSets);
  const writer = createNodeSetWriter({
    ...{ client, clock, random, log, nodes, nodeImageSets },
    sets: fleet.sets,
    hasAgent: (node) => sessions.facts().has(node),
  });
  const look = (key: string) => queue.look({ keys: [key], withinMs: 0 });
  const term = deps.beginTerm({ fleet, look, zoneOf });
  const queue: DistributionQueue = createDistributionQueue(deps, fleet, term.resolutions, {
    onNodes(changed) {
      for (const node of changed) writer.look(node);
      term.tellAgents(changed);
    },
    onLacking(changed) {
      for (const node of changed) conditions?.look(node);
    },
  });
  const conditions = deps.nodeCondition
    ? createNodeConditionWriter({
        ...{ client, clock, wallTime: deps.wallTime, random, log, nodes },
        lacking: fleet.lacking,
        hasLookedSince: queue.hasLookedSince,
      })
    : undefined;
  return {
    name: "leading",
    distributionChanged: queue.changed,
    ...nodeChanges(deps, { fleet, writer, conditions, queue, term, zoneOf }),
    figures: () => ({ waiting: queue.waiting, leases: fleet.leases.size }),
    swarms: fleet.swarms,
    async run(signal) {
      for (const { metadata } of nodes.values()) {
        writer.look(metadata.name);
        conditions?.look(metadata.name);
      }
      const parts = [{ name: "distributions", run: queue.run }, writer, term];
      await runAll(conditions === undefined ? parts : [...parts, conditions], signal);
    },
  };
}

type Parts = {
  readonly fleet: Fleet;
  readonly writer: NodeSetWriter;
  readonly conditions: NodeConditionWriter | undefined;
  readonly queue: DistributionQueue;
  readonly term: Term;
  readonly zoneOf: TermInput["zoneOf"];
};

function nodeChanges(
  { clock, wallTime, sessions }: LeadingDeps,
  { fleet, writer, conditions, queue, term, zoneOf }: Parts,
): Pick<Leading, "nodeChanged" | "nodeImageSetChanged" | "sessionChanged"> {
  const news = new SessionNews(fleet);
  return {
    nodeChanged(change) {
      writer.look(change.key);
      conditions?.look(change.key);
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
    sessionChanged(node, what, about) {
      if (what === "opened") {
        writer.look(node);
        term.tellAgents(new Set([node, ...whoAsk(node, fleet)]));
      }
      const facts = sessions.facts().get(node);
      if (facts === undefined) return;
      if (what === "opened" && facts.held.size > 0) {
        for (const { key } of fleet.sets.imagesOn(node)) fleet.newHolders.add(key);
      }
      const found = news.take(node, { what, about }, facts, zoneOf(node), wallTime(clock.now()));
      // Before the session says that the lease is none: it may be of an earlier leader.
      if (what === "leaseReport" && found?.withinMs === 0) term.tellAtOnce(node);
      if (found !== undefined) queue.look(found);
    },
  };
}

/** Those who want what the node fetches: they ask it for hashes, at an address that its session tells. */
const whoAsk = (node: string, fleet: Fleet): string[] => {
  const owners = new Set(fleet.leases.on(node).map(({ owner }) => owner));
  return [...owners].flatMap((owner) => [...nodesSharing(fleet, owner)]);
};

/** Nodes change often, and seldom in what counts here. */
const isOnlyOfUseToOthers = (change: Change): boolean =>
  change.type === "updated" &&
  isDeepStrictEqual(nodeFactsOf(change.previous), nodeFactsOf(change.object));
