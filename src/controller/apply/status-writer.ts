import { API_VERSION, FIELD_MANAGERS, type ImageDistributionStatus } from "../../api/index.ts";
import type { Clock } from "../../runtime/index.ts";
import { statusIn } from "../gather/distribution.ts";
import type { ApiClient } from "../kube/api-client.ts";
import { isApiError } from "../kube/api-error.ts";
import { type KubeObject, keyOf, type ObjectKey } from "../kube/kube-object.ts";
import { isNewer } from "../kube/resource-version.ts";
import { changeOf } from "../status/status-change.ts";
import { WriteTurns } from "../status/write-turns.ts";
import { DISTRIBUTIONS } from "./resources.ts";

export type StatusWriterDeps = { readonly client: ApiClient; readonly clock: Clock };

export type Written =
  | { readonly how: "written" | "unchanged" | "gone" }
  /** It is not its turn yet. */
  | { readonly how: "later"; readonly waitMs: number };

/** Writes status where there is something to tell, and no more often than the API server should bear. */
export class StatusWriter {
  readonly #deps: StatusWriterDeps;
  readonly #turns = new WriteTurns();
  /** What was written last, until the watch has told of it. */
  readonly #latest = new Map<ObjectKey, KubeObject>();

  constructor(deps: StatusWriterDeps) {
    this.#deps = deps;
  }

  /** The status as it stands by now. */
  current(object: KubeObject): ImageDistributionStatus {
    const key = keyOf(object);
    const latest = this.#latest.get(key);
    if (latest === undefined) return statusIn(object);
    const { uid, resourceVersion } = object.metadata;
    const isAhead =
      latest.metadata.uid === uid && isNewer(latest.metadata.resourceVersion, resourceVersion);
    if (!isAhead) this.#latest.delete(key);
    return statusIn(isAhead ? latest : object);
  }

  /** Whether this is what was written last, as the watch tells it: there is nothing new in it. */
  isEcho(object: KubeObject): boolean {
    const { uid, resourceVersion } = this.#latest.get(keyOf(object))?.metadata ?? {};
    return uid === object.metadata.uid && resourceVersion === object.metadata.resourceVersion;
  }

  /** Milliseconds until what has changed of it can be written, where it has been tried; 0 else. */
  turnInMs(key: ObjectKey): number {
    return this.#turns.dueInMs(key, this.#deps.clock.now());
  }

  async write(
    object: KubeObject,
    status: ImageDistributionStatus,
    signal: AbortSignal,
  ): Promise<Written> {
    const { client, clock } = this.#deps;
    const key = keyOf(object);
    const lane = changeOf(this.current(object), status);
    if (lane === undefined) {
      this.#turns.drop(key);
      return { how: "unchanged" };
    }
    const waitMs = this.#turns.waitMs(key, lane, clock.now());
    if (waitMs > 0) return { how: "later", waitMs };
    this.#turns.wrote(key, clock.now());
    const { name, namespace = "", uid } = object.metadata;
    const draft = {
      apiVersion: API_VERSION,
      kind: "ImageDistribution",
      // Else an object that was made anew under the name would get the status of the one before.
      metadata: { name, namespace, uid },
      status,
    };
    const place = { namespace, name, subresource: "status" };
    try {
      const manager = FIELD_MANAGERS.controller;
      this.#latest.set(key, await client.apply(DISTRIBUTIONS, place, draft, manager, signal));
      return { how: "written" };
    } catch (error) {
      if (isApiError(error, 404) || isApiError(error, 409)) return { how: "gone" };
      throw error;
    }
  }

  forget(key: ObjectKey): void {
    this.#turns.drop(key);
    this.#latest.delete(key);
  }
}
