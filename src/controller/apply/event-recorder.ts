import { randomUUID } from "node:crypto";
import type { Clock, Log } from "../../runtime/index.ts";
import type { DistributionEvent } from "../decide/events.ts";
import type { ApiClient, ObjectDraft } from "../kube/api-client.ts";
import type { KubeObject } from "../kube/kube-object.ts";
import { WriteTurns } from "../status/write-turns.ts";
import { EVENTS } from "./resources.ts";

export type EventRecorderDeps = {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly today: () => Date;
  /** Of this process: who tells. */
  readonly instance: string;
  readonly log: Log;
};

const REPORTER = "oci-torrent.io/controller";
// Whoever has to act finds the same in conditions: what is too much is left out.
const LIMITS = { perSecond: 10, atOnce: { news: 300, progress: 300 }, apartMs: 0 };

/** Tells of what happened to an object, for people who look at it; never fails for it. */
export class EventRecorder {
  readonly #deps: EventRecorderDeps;
  readonly #turns = new WriteTurns(LIMITS);

  constructor(deps: EventRecorderDeps) {
    this.#deps = deps;
  }

  async record(
    object: KubeObject,
    events: readonly DistributionEvent[],
    signal: AbortSignal,
  ): Promise<void> {
    for (const event of events) await this.#post(object, event, signal);
  }

  async #post(object: KubeObject, event: DistributionEvent, signal: AbortSignal): Promise<void> {
    const { client, clock, log } = this.#deps;
    const name = `${object.metadata.name.slice(0, 200)}.${randomUUID()}`;
    const wait = this.#turns.waitMs(name, "news", clock.now());
    this.#turns.drop(name);
    if (wait > 0) {
      log.debug("an event is left out, there are too many", { reason: event.reason });
      return;
    }
    this.#turns.wrote(name, clock.now());
    const { namespace = "" } = object.metadata;
    try {
      await client.create(EVENTS, { namespace }, this.#draft(object, event, name), signal);
    } catch (error) {
      signal.throwIfAborted();
      log.debug("an event could not be told", { reason: event.reason, error });
    }
  }

  #draft({ metadata, ...object }: KubeObject, event: DistributionEvent, name: string): ObjectDraft {
    const { namespace = "", uid, resourceVersion } = metadata;
    const { apiVersion, kind } = object;
    return {
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata: { name, namespace },
      eventTime: this.#deps.today().toISOString().replace("Z", "000Z"),
      reportingController: REPORTER,
      reportingInstance: this.#deps.instance,
      action: event.reason,
      reason: event.reason,
      regarding: { apiVersion, kind, namespace, name: metadata.name, uid, resourceVersion },
      note: event.note,
      type: event.type,
    };
  }
}
