import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** What lstat(2) counts blocks in. */
const BLOCK_BYTES = 512;
const LOOK_MS = 100;

/** Bytes that a directory's files take up on disk; a file with several names counts once, and holes do not count. */
export function diskBytes(directory: string): number {
  const blocks = new Map<number, number>();
  for (const entry of readdirSync(directory, { recursive: true, encoding: "utf8" })) {
    // One may have gone away since it was listed.
    const stats = lstatSync(join(directory, entry), { throwIfNoEntry: false });
    if (stats?.isFile() === true) blocks.set(stats.ino, stats.blocks);
  }
  return [...blocks.values()].reduce((sum, count) => sum + count * BLOCK_BYTES, 0);
}

/** The most that a directory took up at one of the looks during the work, ten a second, and at its end. */
export async function mostDiskBytes(directory: string, work: Promise<unknown>): Promise<number> {
  let most = 0;
  const look = () => {
    most = Math.max(most, diskBytes(directory));
  };
  const timer = setInterval(look, LOOK_MS);
  try {
    await work;
  } finally {
    clearInterval(timer);
  }
  look();
  return most;
}
