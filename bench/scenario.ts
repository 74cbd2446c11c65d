import type { Contest } from "./swarms/contest.ts";
import type { Unit } from "./units.ts";

/** The bound that a figure must keep. */
export type Gate = { readonly atLeast: number } | { readonly atMost: number };

/** What was measured, once or in several runs. */
export type Figure = {
  readonly name: string;
  readonly unit: Unit;
  /** One a run; the median counts. */
  readonly samples: readonly number[];
  readonly gate?: Gate;
};

export type BenchOptions = {
  readonly runs: number;
  /** Of the large layer. */
  readonly layerBytes: number;
  /** Those that may take part in a comparison of systems, by name. */
  readonly systems: readonly string[];
  /** Of the order in which they do. */
  readonly seed: number;
  /** Simulated ones, where there are any; as many as the scenario's name says when undefined. */
  readonly agents: number | undefined;
  /** How long the operator and its agents are watched while they have nothing to do. */
  readonly idleSeconds: number;
  readonly tell: (line: string) => void;
};

export type Findings = {
  readonly figures: readonly Figure[];
  /** Where systems were compared. */
  readonly contest?: Contest;
};

export type Scenario = {
  readonly name: string;
  /** One line: what is compared with what. */
  readonly about: string;
  /** Declared programs, as `lacking` takes them, for these systems where systems are compared. */
  needs(systems: readonly string[]): readonly string[];
  measure(options: BenchOptions): Promise<Findings>;
};
