import { statfs } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** How often the disk is looked at, and how much more room there must be for another try. */
const POLL_MS = 2_000;
const GAIN_BYTES = 1024 * 1024;

/** Resolves when the file system of `directory` has noticeably more room than at the call. */
export async function untilMoreRoom(
  directory: string,
  signal: AbortSignal,
  pollMs = POLL_MS,
): Promise<void> {
  const before = await freeBytes(directory);
  do await sleep(pollMs, undefined, { signal });
  while ((await freeBytes(directory)) < before + GAIN_BYTES);
}

/** Bytes that somebody other than root can still write. */
async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}
