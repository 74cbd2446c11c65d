import type { NodeImageSetStatus } from "../../api/index.ts";

// When a status is worth a write: all agents of a cluster share what the API server can take.

/** After a write nothing is written for so long, whatever happens. */
const BETWEEN_MS = 5_000;
/** Numbers alone wait so long: who wants them sooner reads the controller's status, which hears of them by the session. */
const NUMBERS_AFTER_MS = 60_000;

export type LastWrite = { readonly status: NodeImageSetStatus; readonly atMs: number };

/** Milliseconds until this status should be written; undefined while there is nothing in it to tell. */
export function writeInMs(
  status: NodeImageSetStatus,
  last: LastWrite | undefined,
  nowMs: number,
): number | undefined {
  if (last === undefined) return 0;
  const waited = nowMs - last.atMs;
  if (factsOf(status) !== factsOf(last.status)) return Math.max(0, BETWEEN_MS - waited);
  const isMoving = status.images?.some(({ state }) => state === "Fetching") ?? false;
  const hasMoved = isMoving && numbersOf(status) !== numbersOf(last.status);
  return hasMoved ? Math.max(0, NUMBERS_AFTER_MS - waited) : undefined;
}

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
