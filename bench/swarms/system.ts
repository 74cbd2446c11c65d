import type { Scope } from "../../e2e/support/at-end.ts";
import type { ImageRecord } from "../../e2e/support/images.ts";
import type { TestRegistry } from "../../e2e/support/registry.ts";
import type { ShapedNetwork } from "./shaped-network.ts";

export type CourseImage = {
  /** REGISTRY/REPOSITORY:TAG */
  readonly name: string;
  readonly record: ImageRecord;
};

/** Where a distribution starts: `warm`, the seed has all images; `cold`, it has nothing. */
export type Origin = "warm" | "cold";

/** What all systems find when they are compared. */
export type Course = {
  readonly network: ShapedNetwork;
  /** Brought one after the other by the same processes. */
  readonly images: readonly CourseImage[];
  /** Has them all: on the seed's own host, or on a host of its own with a cold origin. */
  readonly registry: TestRegistry;
  readonly origin: Origin;
};

/** A system with all its processes started, idle. */
export type Ready = {
  /** By leecher; empty where its processes do not outlive the work. */
  readonly pids: readonly number[];
  /** Starts the distribution of one of the course's images; each leecher's promise resolves when it has all of it. */
  go(image: CourseImage): readonly Promise<void>[];
  /** How late timers were since it was last asked, in 99 of 100 cases, at the worst leecher; in seconds. */
  loopDelay?(): Promise<number>;
};

export type System = {
  readonly name: string;
  /** As `lacking` takes them. */
  readonly needs: readonly string[];
  version(): Promise<string>;
  /** How it is run, in a line; docs/adr/0006-how-we-compare.md argues it. */
  readonly settings: string;
  prepare(scope: Scope, course: Course): Promise<Ready>;
};

/** Generous: a system that needs longer has failed. */
export const RACE_TIMEOUT_MS = 600_000;

export const imageBytes = ({ record }: CourseImage): number =>
  record.layers.reduce((sum, { size }) => sum + size, 0);
