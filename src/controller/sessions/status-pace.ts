import { STATUS_SECONDS } from "../../api/index.ts";

/** What all agents together should write a second at most. */
const WRITES_PER_SECOND = 15;

/**
 * Seconds between two writes of a node's status, for a fleet of so many agents. It doubles, so that a fleet that grows is told
 * seldom.
 */
export function statusSecondsFor(agents: number): number {
  let seconds = STATUS_SECONDS;
  while (agents / seconds > WRITES_PER_SECOND) seconds *= 2;
  return seconds;
}
