import type { ByteCounts, FailureEntry, NodeCounts, ReasonCount } from "../../api/index.ts";
import type { TargetState } from "../decide/node-states.ts";
import { formatTime } from "./format.ts";

export function nodeCounts(states: readonly TargetState[], skipped: number): NodeCounts {
  const count = (as: TargetState["counted"]["as"]) =>
    states.filter(({ counted }) => counted.as === as).length;
  return {
    desired: states.length,
    ready: count("ready"),
    active: count("active"),
    waiting: count("waiting"),
    failed: count("failed"),
    skipped,
  };
}

const MAX_REASONS = 16;

/** Why nodes are not ready, the most frequent reason first. */
export function reasonCounts(states: readonly TargetState[]): ReasonCount[] {
  const counts = new Map<string, number>();
  for (const { counted } of states) {
    if (!("reason" in counted)) continue;
    counts.set(counted.reason, (counts.get(counted.reason) ?? 0) + 1);
  }
  return [...counts]
    .map(([reason, nodes]) => ({ reason, nodes }))
    .toSorted((a, b) => b.nodes - a.nodes || (a.reason < b.reason ? -1 : 1))
    .slice(0, MAX_REASONS);
}

/** Whether the node has all blobs, loaded or not. */
export const isStored = ({ counted, report }: TargetState): boolean =>
  counted.as === "ready" || report?.state === "Stored" || report?.state === "Loading";

/** Summed over all targets. */
export function byteCounts(states: readonly TargetState[]): ByteCounts {
  const sum = (bytes: (state: TargetState) => number) =>
    states.reduce((total, state) => total + bytes(state), 0);
  return {
    total: sum(sizeOf),
    complete: sum((state) =>
      isStored(state) ? sizeOf(state) : Math.min(sizeOf(state), state.report?.completedBytes ?? 0),
    ),
    fromRegistry: sum(({ report }) => report?.registryBytes ?? 0),
    fromPeers: sum(({ report }) => report?.peerBytes ?? 0),
    local: sum(({ report }) => report?.localBytes ?? 0),
  };
}

const sizeOf = ({ member }: TargetState): number => member.image?.bytes ?? 0;

export const bytesPerSecond = (states: readonly TargetState[]): number =>
  states.reduce((sum, { report }) => sum + (report?.bytesPerSecond ?? 0), 0);

const MAX_FAILURES = 20;
const LONGEST_MESSAGE = 256;

/** The newest first. */
export function failureSample(states: readonly TargetState[], now: number): FailureEntry[] {
  return states
    .flatMap(({ member, counted, report }) =>
      counted.as === "failed" ? [{ member, counted, since: report?.since ?? now }] : [],
    )
    .toSorted((a, b) => b.since - a.since || (a.member.node.name < b.member.node.name ? -1 : 1))
    .slice(0, MAX_FAILURES)
    .map(({ member, counted, since }) => ({
      node: member.node.name,
      reason: counted.reason,
      message: counted.message.slice(0, LONGEST_MESSAGE),
      time: formatTime(since),
    }));
}
