import type { Agent } from "../decide/world.ts";
import type { SessionFacts } from "../sessions/session-facts.ts";

/** By what a session is known to have said: it is looked at for each decision, and there may be many between two messages. */
const known = new WeakMap<SessionFacts, Agent>();

/**
 * What deciding needs of a session.
 * @param wallTime milliseconds since 1970, of a moment of the sessions' clock
 */
export function agentOf(
  facts: SessionFacts,
  seedsElsewhere: number,
  wallTime: (ms: number) => number,
): Agent {
  const before = known.get(facts);
  if (before?.seedsElsewhere === seedsElsewhere) return before;
  const agent = agentFrom(facts, seedsElsewhere, wallTime);
  known.set(facts, agent);
  return agent;
}

function agentFrom(
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
