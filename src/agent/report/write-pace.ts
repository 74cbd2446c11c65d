import type { NodeImageSetStatus } from "../../api/index.ts";

// When a status is worth a write: all agents of a cluster share what the API server can take.

/** Numbers alone wait so long: who wants them sooner reads the controller's status, which hears of them by the session. */
const NUMBERS_AFTER_MS = 60_000;

export type LastWrite = { readonly status: NodeImageSetStatus; readonly atMs: number };

/** A node writes in each of its turns once at most: of `everyMs`, and `offsetMs` after those of another. */
export type Turns = { readonly everyMs: number; readonly offsetMs: number };

/** Whether this status should be written now. */
export function isDue(
  status: NodeImageSetStatus,
  last: LastWrite | undefined,
  turns: Turns,
  nowMs: number,
): boolean {
  if (last === undefined) return true;
  if (turnOf(last.atMs, turns) === turnOf(nowMs, turns)) return false;
  if (factsOf(status) !== factsOf(last.status)) return true;
  const isMoving = status.images?.some(({ state }) => state === "Fetching") ?? false;
  return (
    isMoving &&
    numbersOf(status) !== numbersOf(last.status) &&
    nowMs - last.atMs >= NUMBERS_AFTER_MS
  );
}

const turnOf = (atMs: number, { everyMs, offsetMs }: Turns): number =>
  Math.floor((atMs + offsetMs) / everyMs);

/** What somebody may act on. */
const factsOf = ({
  images = [],
  conditions = [],
  agent,
  runtime,
  observedGeneration,
}: NodeImageSetStatus) =>
  JSON.stringify([
    observedGeneration,
    agent,
    runtime,
    images.map(({ key, revision, state, reason }) => [key, revision, state, reason]),
    conditions.map(({ type, status, reason }) => [type, status, reason]),
  ]);

const numbersOf = ({ images = [] }: NodeImageSetStatus) =>
  JSON.stringify(images.map(({ key, completedBytes }) => [key, completedBytes]));
