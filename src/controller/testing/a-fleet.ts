import assert from "node:assert/strict";
import { type Decision, decide } from "../decide/decide.ts";
import type { NodeReport } from "../decide/world.ts";
import {
  afterwards,
  aLayer,
  aNode,
  anAgent,
  anImage,
  aReport,
  aResolvedImage,
  aWorld,
  conditionOf,
  type TestWorld,
  type WorldOptions,
} from "./a-world.ts";

// Four nodes without zones, an image of two layers, and what a test asks of a decision about them.

export const [one, two] = [aLayer("one", 1_000), aLayer("two", 100)];
export const image = aResolvedImage([anImage([one, two])]);
export const everything = anAgent({ held: [one, two] });
export const nodes = ["a", "b", "c", "d"].map((name) => aNode(name));
export const names = nodes.map(({ name }) => name);

export const each = <T>(of: readonly string[], value: T): Readonly<Record<string, T>> =>
  Object.fromEntries(of.map((name) => [name, value]));

/** The image is among the nodes, and each node's report is as said; a node that is not named is Ready. */
export function reported(
  reports: Readonly<Record<string, NodeReport>>,
  options: WorldOptions = {},
): TestWorld {
  const world = aWorld({ nodes, image, agents: each(names, everything), ...options });
  const all = Object.fromEntries(
    world.nodes.map(({ name }) => [name, reports[name] ?? aReport("Ready")]),
  );
  return afterwards(world, decide(world), { reports: all });
}
export const ready = (decision: Decision) => conditionOf(decision, "Ready");
export const counts = ({ status }: Decision) => {
  const { desired, ready, active, waiting, failed, skipped } =
    status?.nodes ?? assert.fail("no nodes");
  return { desired, ready, active, waiting, failed, skipped };
};
export const reasons = ({ status }: Decision) =>
  status?.reasons?.map((row) => `${row.nodes} ${row.reason}`).join(", ");
export const wholly = { desired: 4, ready: 4, active: 0, waiting: 0, failed: 0, skipped: 0 };
