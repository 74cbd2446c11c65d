import type { KubeObject } from "./kube-object.ts";
import { type Change, ObjectCache } from "./object-cache.ts";
import type { Outcome, Plan } from "./reflector-plan.ts";
import { isNewer } from "./resource-version.ts";
import type { WatchEvent } from "./watch-event.ts";

export type WatchPlan = Exclude<Plan["next"], { do: "list" }>;

export type WatchTarget = {
  readonly cache: ObjectCache;
  readonly tell: (changes: readonly Change[]) => void;
  readonly replaceAll: (objects: Iterable<KubeObject>, version: string) => void;
  readonly trim: (object: KubeObject) => KubeObject;
};

/** Where one watch has got to. */
export class WatchReading {
  readonly #target: WatchTarget;
  /** Gathers what a stream tells first; undefined once all is known. */
  #initial: ObjectCache | undefined;
  #at: string | undefined;
  #told = false;
  readonly #from: string | undefined;

  constructor(next: WatchPlan, target: WatchTarget) {
    this.#target = target;
    this.#initial = next.do === "stream" ? new ObjectCache() : undefined;
    this.#from = next.do === "watch" ? next.from : undefined;
    this.#at = this.#from;
  }

  /** An outcome where the watch is of no more use. */
  take(event: WatchEvent): Outcome | undefined {
    switch (event.type) {
      case "garbage":
        return { how: "garbled", at: this.#at, moved: this.#at !== this.#from };
      case "error":
        return this.#failed(event.status);
      case "bookmark":
        this.#bookmark(event);
        break;
      case "put":
      case "delete":
        this.#change(event);
        break;
      default:
        return event satisfies never;
    }
    this.#told = true;
    return undefined;
  }

  ended(): Outcome {
    return { how: "ended", at: this.#at, told: this.#told };
  }

  #failed({ code, retryAfterMs }: { code: number; retryAfterMs?: number }): Outcome {
    if (code === 410) return { how: "gone" };
    return this.#told ? this.ended() : { how: "refused", code, retryAfterMs };
  }

  #bookmark({ resourceVersion, endsInitial }: Extract<WatchEvent, { type: "bookmark" }>): void {
    if (this.#initial === undefined) {
      this.#target.cache.bookmark(resourceVersion);
    } else if (endsInitial) {
      this.#target.replaceAll(this.#initial.values(), resourceVersion);
      this.#initial = undefined;
    } else {
      return;
    }
    this.#at = resourceVersion;
  }

  #change({ type, object }: Extract<WatchEvent, { type: "put" | "delete" }>): void {
    const kept = this.#target.trim(object);
    const cache = this.#initial ?? this.#target.cache;
    const changes = type === "put" ? cache.put(kept) : cache.delete(kept);
    if (this.#initial !== undefined) return;
    this.#target.tell(changes);
    const { resourceVersion } = object.metadata;
    // Deliveries may come twice or in the wrong order.
    if (this.#at === undefined || isNewer(resourceVersion, this.#at)) this.#at = resourceVersion;
  }
}
