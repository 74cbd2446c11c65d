import type { Agent } from "../decide/world.ts";
import type { SessionFacts } from "../sessions/session-facts.ts";

/**
 * What deciding needs of a session.
 * @param wallTime milliseconds since 1970, of a moment of the sessions' clock
 */
export function agentOf(
  facts: SessionFacts,
  seedsElsewhere: number,
  wallTime: (ms: number) => number,
): Agent {
  const { sinceMs, lastSeenMs, brokenAtMs, store, held, coverage, registryChecks } = facts;
  const unreachable = [...registryChecks.values()].filter(({ reachable }) => !reachable);
  return {
    attachedAt: wallTime(sinceMs),
    heardAt: wallTime(lastSeenMs),
    brokenAt: brokenAtMs === undefined ? undefined : wallTime(brokenAtMs),
    freeBytes: store.freeBytes,
    reservedBytes: store.reservedBytes,
    held,
    pieces: coverage,
    unreachable: new Set(unreachable.map(({ host }) => host)),
    seedsElsewhere,
  };
}
