import type { Due } from "./due.ts";
import type { Agent } from "./world.ts";

/**
 * live; suspect: silent for a while, nothing new is sent to it; away: it is not known yet whether it comes back to a new
 * leader; lost: what it had to do is for others.
 */
export type Liveness = "live" | "suspect" | "away" | "lost";

/** After a change of leader sessions come back, and until then nobody is taken for lost. */
export const GRACE_MS = 60_000;
/** A session that broke may be taken up again for so long. */
export const REATTACH_MS = 10_000;
/** Agents speak every 5 s. */
export const SUSPECT_MS = 15_000;
export const LOST_MS = 30_000;

export function livenessOf(
  agent: Agent | undefined,
  isNodeThere: boolean,
  leadingSince: number,
  due: Due,
): Liveness {
  const liveness = isNodeThere ? ofSession(agent, due) : "lost";
  if (liveness !== "lost") return liveness;
  return due.passed(leadingSince + GRACE_MS) ? "lost" : "away";
}

function ofSession(agent: Agent | undefined, due: Due): Liveness {
  if (agent === undefined) return "lost";
  if (agent.brokenAt !== undefined) {
    return due.passed(agent.brokenAt + REATTACH_MS) ? "lost" : "suspect";
  }
  if (due.passed(agent.heardAt + LOST_MS)) return "lost";
  return due.passed(agent.heardAt + SUSPECT_MS) ? "suspect" : "live";
}
