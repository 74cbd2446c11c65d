import { EventRecorder } from "../apply/event-recorder.ts";
import { heedingRefusals } from "../apply/refusals.ts";
import { StatusWriter } from "../apply/status-writer.ts";
import { keyOf, type ObjectKey } from "../kube/kube-object.ts";
import type { Change } from "../kube/object-cache.ts";
import { createWorkQueue, type WorkQueue } from "../queue/work-queue.ts";
import type { Fleet } from "./fleet.ts";
import type { LeadingDeps } from "./leading-deps.ts";
import { createNodeCache } from "./node-cache.ts";
import { type ReconcileDeps, type Resolutions, reconcile } from "./reconcile.ts";
import { type News, NUMBERS_MS } from "./session-news.ts";

/** Distributions to look at, by namespace and name. */
export type DistributionQueue = {
  /** An object has changed. */
  changed(change: Change): void;
  look(news: News): void;
  /** Whether every distribution has been looked at since that moment of the clock. */
  hasLookedSince(ms: number): boolean;
  readonly waiting: number;
  run(signal: AbortSignal): Promise<void>;
};

// With more, 500 distributions that come at once have a condition sooner; but where a thousand agents keep the API server busy too,
// the leader's lease waits behind their writes: at 48 for 8 s of its 10.
const WORKERS = 16;
const MOST_DISTRIBUTIONS = 10_000;

export function createDistributionQueue(
  deps: LeadingDeps,
  fleet: Fleet,
  resolutions: Resolutions,
  tell: Pick<ReconcileDeps, "onNodes" | "onLacking">,
): DistributionQueue {
  const { clock, random, log, distributions } = deps;
  const { statuses, events } = writersOf(deps);
  const reconcileDeps: ReconcileDeps = {
    ...{ distributions, fleet, resolutions, ...tell },
    onKeys: (keys) => {
      for (const key of keys) queue.add(nameOf(key));
    },
    ...{ statuses, events },
    surroundings: surroundingsOf(deps, fleet),
  };
  const allNames = () => namesOf(deps);
  /** When each was last looked at. */
  const looks = new Map<ObjectKey, number>();
  const queue: WorkQueue = createWorkQueue({
    clock,
    random,
    workers: WORKERS,
    maxKeys: MOST_DISTRIBUTIONS,
    async work(name, signal) {
      const startedAt = clock.now();
      try {
        return await heedingRefusals(reconcile(reconcileDeps, name, signal));
      } finally {
        if (distributions.get(name) === undefined) looks.delete(name);
        else looks.set(name, startedAt);
        deps.onReconciled(clock.now() - startedAt);
      }
    },
    onFailure: ({ key, error, retryInMs }) =>
      log.warn("a distribution could not be looked after", { key, error, retryInMs }),
    allKeys: allNames,
  });
  return {
    changed(change) {
      const isEcho = change.type === "updated" && statuses.isEcho(change.object);
      if (!isEcho) queue.add(change.key);
    },
    hasLookedSince: (ms) =>
      [...allNames()].every((name) => (looks.get(name) ?? Number.NEGATIVE_INFINITY) >= ms),
    get waiting() {
      return queue.waiting;
    },
    look({ keys, withinMs }) {
      for (const name of keys === "all" ? allNames() : keys.map(nameOf)) {
        // Numbers that cannot be written yet need not be looked at yet.
        const turnInMs = withinMs < NUMBERS_MS ? 0 : statuses.turnInMs(name);
        if (withinMs === 0) queue.add(name);
        else queue.addWithin(name, Math.max(withinMs, turnInMs));
      }
    },
    async run(signal) {
      for (const name of allNames()) queue.add(name);
      // Of what is gone, nodes still hold something.
      for (const key of fleet.sets.keys()) queue.add(nameOf(key));
      await queue.run(signal);
    },
  };
}

function* namesOf({ distributions }: LeadingDeps): Generator<ObjectKey> {
  for (const object of distributions.values()) yield keyOf(object);
}

/** Of namespace/name/uid. */
const nameOf = (key: string): ObjectKey => key.slice(0, key.lastIndexOf("/"));

function writersOf({ client, clock, wallTime, instance, log }: LeadingDeps) {
  const today = () => new Date(wallTime(clock.now()));
  return {
    statuses: new StatusWriter({ client, clock }),
    events: new EventRecorder({ client, clock, today, instance, log }),
  };
}

function surroundingsOf(deps: LeadingDeps, fleet: Fleet): ReconcileDeps["surroundings"] {
  const { clock, wallTime, startupTaints, nodes, sessions } = deps;
  const leadingSince = clock.now();
  const nodeFacts = createNodeCache(nodes);
  return () => ({
    ...{ wallTime, leadingSince, startupTaints, fleet },
    now: clock.now(),
    nodes: nodeFacts(),
    sessions,
  });
}
