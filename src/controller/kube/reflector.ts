import type { Clock, Component, Log } from "../../runtime/index.ts";
import { within } from "../within.ts";
import type { ApiAccess, ApiReply } from "./api-access.ts";
import type { KubeObject } from "./kube-object.ts";
import { listPages } from "./list-pages.ts";
import { type Change, ObjectCache, type ObjectReader } from "./object-cache.ts";
import { readWatch } from "./read-watch.ts";
import { FIRST_PLAN, nextStep, type Outcome, type Plan } from "./reflector-plan.ts";
import { readStatus } from "./reply-body.ts";
import { type Resource, resourcePath } from "./resource.ts";
import { type WatchPlan, WatchReading } from "./watch-reading.ts";

export type ReflectorDeps = {
  readonly access: ApiAccess;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly log: Log;
};

export type ReflectorOptions = {
  readonly resource: Resource;
  /** Absent: all of the cluster. */
  readonly namespace?: string;
  readonly onChange: (change: Change) => void;
  /** What to keep of an object; must leave the metadata. */
  readonly trim?: (object: KubeObject) => KubeObject;
};

/** Keeps a copy of all objects of a kind while it runs, however the connection fares. */
export type Reflector = Component & {
  readonly objects: ObjectReader;
  /** Settles when the copy has been whole for the first time. */
  readonly synced: Promise<void>;
  /** Milliseconds of its clock at which the server was last heard of; undefined before. */
  heardAt(): number | undefined;
};

const ANSWER_MS = 30_000;
const LIST_MS = 120_000;
// The server ends a watch after this long or up to twice as long: not all clients at one time.
const WATCH_SECONDS = 300;

export const createReflector = (deps: ReflectorDeps, options: ReflectorOptions): Reflector =>
  new Follower(deps, options);

class Follower implements Reflector {
  readonly name: string;
  readonly objects = new ObjectCache();
  readonly #deps: ReflectorDeps;
  readonly #options: ReflectorOptions;
  readonly #path: string;
  readonly #log: Log;
  readonly #synced = Promise.withResolvers<void>();
  #heardAt: number | undefined;

  constructor(deps: ReflectorDeps, options: ReflectorOptions) {
    const { resource, namespace } = options;
    this.name = `reflector of ${resource.plural}`;
    this.#deps = deps;
    this.#options = options;
    this.#path = resourcePath(resource, namespace === undefined ? {} : { namespace });
    this.#log = deps.log.child({ kind: resource.plural });
  }

  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  heardAt(): number | undefined {
    return this.#heardAt;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { random, clock } = this.#deps;
    let plan = FIRST_PLAN;
    while (!signal.aborted) {
      const outcome = await this.#attempt(plan, signal);
      const step = nextStep(plan, outcome, random);
      tellTrouble(this.#log, outcome, step.waitMs);
      plan = step.plan;
      if (step.waitMs > 0) await clock.sleep(step.waitMs, signal);
    }
  }

  async #attempt({ next }: Plan, signal: AbortSignal): Promise<Outcome> {
    // Whatever is left open by one attempt ends with it.
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    try {
      return await (next.do === "list" ? this.#list(either) : this.#watch(next, either));
    } catch (error) {
      signal.throwIfAborted();
      this.#log.debug("the API server cannot be reached", { error });
      return { how: "unanswered" };
    } finally {
      over.abort();
    }
  }

  async #list(signal: AbortSignal): Promise<Outcome> {
    const { access, clock } = this.#deps;
    const listing = await within(listPages(access, this.#path, signal), LIST_MS, clock);
    if (listing === undefined) return { how: "unanswered" };
    this.#heardAt = clock.now();
    if ("status" in listing) return await refusalOf(listing);
    this.#replaceAll(listing.objects, listing.resourceVersion);
    return { how: "listed", at: listing.resourceVersion };
  }

  async #watch(next: WatchPlan, signal: AbortSignal): Promise<Outcome> {
    const { access, clock, random } = this.#deps;
    const request = { method: "GET", path: this.#path, query: watchQuery(next, random) } as const;
    const reply = await within(access.send(request, signal), ANSWER_MS, clock);
    if (reply === undefined) return { how: "unanswered" };
    this.#heardAt = clock.now();
    if (reply.status !== 200) return await refusalOf(reply);
    const reading = this.#reading(next);
    try {
      for await (const event of readWatch(reply, clock)) {
        this.#heardAt = clock.now();
        const end = reading.take(event);
        if (end !== undefined) return end;
      }
    } catch (error) {
      signal.throwIfAborted();
      this.#log.debug("a watch broke", { error });
    }
    return reading.ended();
  }

  #reading(next: WatchPlan): WatchReading {
    return new WatchReading(next, {
      cache: this.objects,
      tell: (changes) => this.#tell(changes),
      replaceAll: (objects, version) => this.#replaceAll(objects, version),
      trim: (object) => this.#trim(object),
    });
  }

  #replaceAll(objects: Iterable<KubeObject>, version: string): void {
    const kept = [...objects].map((object) => this.#trim(object));
    this.#tell(this.objects.replace(kept, version));
    this.#synced.resolve();
  }

  #trim(object: KubeObject): KubeObject {
    return this.#options.trim?.(object) ?? object;
  }

  #tell(changes: readonly Change[]): void {
    for (const change of changes) this.#options.onChange(change);
  }
}

function watchQuery(next: WatchPlan, random: () => number): Readonly<Record<string, string>> {
  const common = {
    watch: "true",
    allowWatchBookmarks: "true",
    timeoutSeconds: `${Math.round(WATCH_SECONDS * (1 + random()))}`,
  };
  return next.do === "watch"
    ? { ...common, resourceVersion: next.from }
    : { ...common, sendInitialEvents: "true", resourceVersionMatch: "NotOlderThan" };
}

async function refusalOf(reply: ApiReply): Promise<Outcome> {
  const { code, retryAfterMs } = await readStatus(reply);
  return code === 410 ? { how: "gone" } : { how: "refused", code, retryAfterMs };
}

/** Said once for a while by the log itself; what passes by itself is no trouble. */
function tellTrouble(log: Log, outcome: Outcome, waitMs: number): void {
  if (outcome.how === "refused") {
    log.warn("the API server refuses to tell of objects", { code: outcome.code, waitMs });
  } else if (outcome.how === "unanswered") {
    log.warn("the API server does not answer", { waitMs });
  } else if (outcome.how === "garbled") {
    log.warn("the API server sends what cannot be read", { waitMs });
  }
}
