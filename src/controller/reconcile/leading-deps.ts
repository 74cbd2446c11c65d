import type { Clock, Component, Log } from "../../runtime/index.ts";
import type { ApiClient } from "../kube/api-client.ts";
import type { ObjectReader } from "../kube/object-cache.ts";
import type { Sessions } from "../sessions/sessions.ts";
import type { Fleet } from "./fleet.ts";
import type { Resolutions } from "./reconcile.ts";

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
  readonly sessions: Pick<Sessions, "facts" | "holders" | "partHolders" | "forget">;
  readonly beginTerm: (input: TermInput) => Term;
  readonly startupTaints: ReadonlySet<string>;
  /** Whether nodes say in a condition that they have their images. */
  readonly nodeCondition: boolean;
  /** A distribution was looked at, for so many milliseconds. */
  readonly onReconciled: (ms: number) => void;
};

export type TermInput = {
  readonly fleet: Fleet;
  /** Has the distribution with this key looked at again. */
  readonly look: (key: string) => void;
  /** Empty where the node names none. */
  readonly zoneOf: (node: string) => string;
};

/** Finds out what images are, and tells agents what to do, for as long as one leads. */
export type Term = Component & {
  readonly resolutions: Resolutions;
  /** Something else is wanted of these nodes: their agents are to be told, as soon as it is their turn. */
  tellAgents(nodes: ReadonlySet<string>): void;
  /** For what may not wait for a turn. */
  tellAtOnce(node: string): void;
};
