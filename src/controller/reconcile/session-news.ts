import type { Digest, LeaseReport, Progress } from "../../api/index.ts";
import { SUSPECT_MS } from "../decide/liveness.ts";
import type { SessionFacts } from "../sessions/session-facts.ts";
import type { SessionChange } from "../sessions/sessions.ts";
import type { Fleet } from "./fleet.ts";

/** Which distributions to look at again, and how soon. */
export type News = {
  readonly keys: "all" | readonly string[];
  readonly withinMs: number;
};

/** Numbers are told once a second at most. */
export const NUMBERS_MS = 1_000;
/** Of a fleet that comes at once, many are looked at together. */
const TOGETHER_MS = 200;

/** Takes what sessions say into the fleet. */
export class SessionNews {
  readonly #fleet: Fleet;
  /** By node and what it is about: what was taken in last. */
  readonly #taken = new Map<string, Map<string, Progress | LeaseReport>>();
  readonly #heardAt = new Map<string, number>();

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  /**
   * @param zone of the node
   * @param now milliseconds since 1970
   */
  take(
    node: string,
    { what, about }: { readonly what: SessionChange; readonly about?: Digest | undefined },
    facts: SessionFacts,
    zone: string,
    now: number,
  ): News | undefined {
    const silentMs = now - (this.#heardAt.get(node) ?? now);
    this.#heardAt.set(node, now);
    if (what === "progress") return this.#progress(node, facts, now);
    if (what === "leaseReport") return this.#leases(node, facts, zone, now);
    if (what === "coverage") {
      const keys = about === undefined ? [] : [...this.#fleet.images.wanting(about)];
      return { keys, withinMs: NUMBERS_MS };
    }
    // Of a beat of the heart there is nothing to say, but for one that was missed.
    if (what === "heartbeat" && silentMs < SUSPECT_MS) return undefined;
    return { keys: "all", withinMs: TOGETHER_MS };
  }

  forget(node: string): void {
    this.#taken.delete(node);
    this.#heardAt.delete(node);
  }

  #progress(node: string, { progress }: SessionFacts, now: number): News {
    const fresh = this.#fresh(node, "progress", progress);
    const isNews = fresh.map((one) => this.#fleet.reports.heard(node, one, now)).includes(true);
    return { keys: fresh.map(({ key }) => key), withinMs: isNews ? 0 : NUMBERS_MS };
  }

  #leases(node: string, { leaseReports }: SessionFacts, zone: string, now: number): News {
    const fresh = this.#fresh(node, "lease", leaseReports);
    const { leases, images } = this.#fleet;
    const isNews = fresh.map((one) => leases.note(node, zone, one, now)).includes(true);
    const wanting = new Set(fresh.flatMap(({ digest }) => [...images.wanting(digest)]));
    // A new leader may not know yet who wants it.
    const keys = wanting.size > 0 ? [...wanting] : this.#keysOn(node);
    return { keys, withinMs: isNews ? 0 : NUMBERS_MS };
  }

  /** Entries that were not taken in yet. */
  #fresh<Entry extends Progress | LeaseReport>(
    node: string,
    what: string,
    entries: ReadonlyMap<string, Entry>,
  ): Entry[] {
    const taken = this.#taken.get(node) ?? new Map();
    this.#taken.set(node, taken);
    const fresh = [...entries].filter(([name, entry]) => taken.get(`${what} ${name}`) !== entry);
    for (const [name, entry] of fresh) taken.set(`${what} ${name}`, entry);
    return fresh.map(([, entry]) => entry);
  }

  #keysOn = (node: string): string[] => this.#fleet.sets.imagesOn(node).map(({ key }) => key);
}
