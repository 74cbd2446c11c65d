import { type Digest, LEADER_LEASE } from "../api/index.ts";
import { type Component, runAll } from "../runtime/index.ts";
import { DISTRIBUTIONS, NODE_IMAGE_SETS, NODES } from "./apply/resources.ts";
import { trimNode, zoneIn } from "./gather/node-facts.ts";
import type { ApiAccess } from "./kube/api-access.ts";
import { createApiClient } from "./kube/api-client.ts";
import type { KubeObject } from "./kube/kube-object.ts";
import type { Change } from "./kube/object-cache.ts";
import { createReflector } from "./kube/reflector.ts";
import type { Resource } from "./kube/resource.ts";
import { createLeaderElection } from "./leader/leader-election.ts";
import { trimNodeImageSet } from "./reconcile/adopt.ts";
import { type Leading, startLeading } from "./reconcile/leading.ts";
import type { LeadingDeps } from "./reconcile/leading-deps.ts";
import type { Leadership } from "./sessions/refusal.ts";
import type { SessionChange } from "./sessions/sessions.ts";

export type ReplicaDeps = Omit<
  LeadingDeps,
  "client" | "distributions" | "nodes" | "nodeImageSets" | "instance"
> & {
  readonly access: ApiAccess;
  /** Where the Lease is. */
  readonly namespace: string;
  /** Of this replica alone: the ip:port at which agents reach it. */
  readonly identity: string;
  /** It leads from now on, or does so no more. */
  readonly onLeadership: (leads: boolean) => void;
};

/** One controller of several. All follow the cluster; the one that leads acts. */
export type Replica = Component & {
  leadership(): Leadership;
  /** To be told of what sessions say. */
  sessionChanged(node: string, what: SessionChange, about?: Digest): void;
  /** Whether all objects of the cluster have been read once. */
  isSynced(): boolean;
  /** Empty where the node names none, or is not known. */
  zoneOf(node: string): string;
  /** Whether the tracker serves the swarm: as this replica knew when it led last. */
  admits(swarm: string): boolean;
  /** Of the one that leads. */
  figures(): ReturnType<Leading["figures"]> | undefined;
  /** Milliseconds of the clock at which each kind of object was last heard of; undefined before. */
  heardAt(): Readonly<Record<string, number | undefined>>;
};

export function createReplica(deps: ReplicaDeps): Replica {
  let leading: Leading | undefined;
  // Kept after that: agents come here until another leads, and there may be none for a while.
  let swarms: Leading["swarms"] | undefined;
  const distributions = follow(deps, DISTRIBUTIONS, (change) =>
    leading?.distributionChanged(change),
  );
  const nodes = follow(deps, NODES, (change) => leading?.nodeChanged(change));
  const nodeImageSets = follow(deps, NODE_IMAGE_SETS, (change) =>
    leading?.nodeImageSetChanged(change),
  );
  const reflectors = [distributions, nodes, nodeImageSets];

  const allSynced = Promise.all(reflectors.map(({ synced }) => synced));
  let isSynced = false;
  void allSynced.then(() => {
    isSynced = true;
  });

  const lead = async (signal: AbortSignal): Promise<void> => {
    await Promise.race([allSynced, aborted(signal)]);
    signal.throwIfAborted();
    leading = startLeading({
      ...deps,
      client: createApiClient(deps.access),
      instance: deps.identity,
      distributions: distributions.objects,
      nodes: nodes.objects,
      nodeImageSets: nodeImageSets.objects,
    });
    ({ swarms } = leading);
    deps.onLeadership(true);
    try {
      await leading.run(signal);
    } finally {
      leading = undefined;
      deps.onLeadership(false);
    }
  };
  const election = createLeaderElection({
    ...deps,
    client: createApiClient(deps.access),
    today: () => new Date(deps.wallTime(deps.clock.now())),
    name: LEADER_LEASE,
    lead,
  });

  return {
    name: "replica",
    leadership() {
      if (leading !== undefined) return { kind: "leading" };
      const leader = election.leader();
      const isKnown = leader !== undefined && leader !== deps.identity;
      return isKnown ? { kind: "following", leader } : { kind: "following" };
    },
    sessionChanged: (...change) => leading?.sessionChanged(...change),
    isSynced: () => isSynced,
    zoneOf: (node) => zoneIn(nodes.objects.get(node)),
    admits: (swarm) => swarms?.has(swarm) ?? false,
    figures: () => leading?.figures(),
    heardAt: () => Object.fromEntries(reflectors.map((one) => [one.name, one.heardAt()])),
    run: (signal) => runAll([...reflectors, election], signal),
  };
}

const TRIMS: ReadonlyMap<Resource, (object: KubeObject) => KubeObject> = new Map([
  [NODES, trimNode],
  [NODE_IMAGE_SETS, trimNodeImageSet],
]);

function follow(deps: ReplicaDeps, resource: Resource, onChange: (change: Change) => void) {
  const trim = TRIMS.get(resource);
  return createReflector(deps, { resource, onChange, ...(trim !== undefined && { trim }) });
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
