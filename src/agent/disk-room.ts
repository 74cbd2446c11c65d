import { constants } from "node:fs";
import { access, statfs } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** What the disk does not do any more, in a word of a small fixed set and for people. */
export type DiskTrouble = {
  readonly reason: "DiskPressure" | "DiskReadOnly";
  readonly text: string;
};

const FULL: DiskTrouble = {
  reason: "DiskPressure",
  text: "the disk is full: the transfer goes on when there is room",
};
const READ_ONLY: DiskTrouble = {
  reason: "DiskReadOnly",
  text: "the disk is read-only: the transfer goes on when it can be written",
};

/** As our modules call it, and the system where a file of our own could not be written. */
const TROUBLES: ReadonlyMap<unknown, DiskTrouble> = new Map([
  ["DISK_FULL", FULL],
  ["ENOSPC", FULL],
  ["EDQUOT", FULL],
  ["EROFS", READ_ONLY],
]);
const DEEPEST_CAUSE = 8;

/** What the error says of the disk, somewhere among its causes; undefined when it is about something else. */
export function diskTrouble(error: unknown): DiskTrouble | undefined {
  let cause = error;
  for (let depth = 0; depth < DEEPEST_CAUSE && cause instanceof Error; depth += 1) {
    const trouble = "code" in cause ? TROUBLES.get(cause.code) : undefined;
    if (trouble !== undefined) return trouble;
    cause = cause.cause;
  }
  return undefined;
}

/** How often the disk is looked at, and how much more room there must be for another try. */
const POLL_MS = 2_000;
const GAIN_BYTES = 1024 * 1024;
const GAIN_FILES = 16;
/** Room that was made before the disk was first looked at cannot be seen: after so long another try shows it. */
const TRY_AFTER_MS = 30_000;

type Room = {
  readonly bytes: number;
  readonly files: number;
  readonly isWritable: boolean;
};

/** Resolves when the file system of `directory` has noticeably more room than at the call, or can be written again; after 30 s in any case. */
export async function untilMoreRoom(
  directory: string,
  signal: AbortSignal,
  pollMs = POLL_MS,
): Promise<void> {
  const tryAt = performance.now() + TRY_AFTER_MS;
  const before = await roomIn(directory);
  do await sleep(pollMs, undefined, { signal });
  while (!isBetter(before, await roomIn(directory)) && performance.now() < tryAt);
}

const isBetter = (before: Room, now: Room): boolean =>
  now.isWritable &&
  (!before.isWritable ||
    now.bytes >= before.bytes + GAIN_BYTES ||
    now.files >= before.files + GAIN_FILES);

/** What somebody other than root can still write. */
async function roomIn(directory: string): Promise<Room> {
  const { bavail, bsize, ffree } = await statfs(directory);
  const isWritable = await access(directory, constants.W_OK).then(
    () => true,
    () => false,
  );
  return { bytes: bavail * bsize, files: ffree, isWritable };
}
