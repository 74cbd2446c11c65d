import type { Clock } from "../../runtime/index.ts";
import type { ApiClient } from "../kube/api-client.ts";
import { isApiError } from "../kube/api-error.ts";
import type { KubeObject } from "../kube/kube-object.ts";
import { decideLease, LEASES, type Lease, leaseDraft, parseLease } from "./lease.ts";

export type LeaseKeeperOptions = {
  readonly client: ApiClient;
  readonly clock: Clock;
  /** For the times that people read in the lease. */
  readonly today: () => Date;
  readonly namespace: string;
  readonly name: string;
  /** Of this candidate alone. */
  readonly identity: string;
};

/** One candidate's view of the lease, and what it writes to it. */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  #lease: Lease | undefined;
  #seenAt = 0;

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
  }

  /** Who held the lease when it was last looked at; undefined for nobody, or where that is not known. */
  get holder(): string | undefined {
    return this.#lease?.holder === "" ? undefined : this.#lease?.holder;
  }

  /** Gets or keeps the lease if it may. Whether it is this candidate's now. @throws where the API server does not say. */
  async hold(signal: AbortSignal): Promise<boolean> {
    if (this.#lease?.holder === this.#options.identity) {
      try {
        this.#saw(await this.#write(this.#options.identity, this.#lease, signal));
        return true;
      } catch (error) {
        // It is as well that the last answer was lost: look, and decide again.
        if (!isApiError(error, 409)) throw error;
      }
    }
    await this.#look(signal);
    return await this.#claim(signal);
  }

  /** Lets another have it at once. @throws where it could not. */
  async release(signal: AbortSignal): Promise<void> {
    if (this.#lease?.holder !== this.#options.identity) return;
    this.#saw(await this.#write("", this.#lease, signal));
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { client, namespace, name } = this.#options;
    this.#saw(await client.get(LEASES, { namespace, name }, signal));
  }

  async #claim(signal: AbortSignal): Promise<boolean> {
    const { identity, clock } = this.#options;
    const decision = decideLease(this.#lease, identity, this.#seenAt, clock.now());
    if (decision === "wait") return false;
    try {
      this.#saw(await this.#write(identity, this.#lease, signal));
      return true;
    } catch (error) {
      // Another was faster.
      if (isApiError(error, 409)) return false;
      throw error;
    }
  }

  async #write(holder: string, known: Lease | undefined, signal: AbortSignal): Promise<KubeObject> {
    const { client, namespace, name, today } = this.#options;
    const draft = leaseDraft({ name, holder, known, now: today() });
    if (known === undefined) return await client.create(LEASES, { namespace }, draft, signal);
    return await client.replace(LEASES, { namespace, name }, draft, signal);
  }

  #saw(object: KubeObject | undefined): void {
    const lease = object === undefined ? undefined : parseLease(object);
    if (lease?.resourceVersion !== this.#lease?.resourceVersion) {
      this.#seenAt = this.#options.clock.now();
    }
    this.#lease = lease;
  }
}
