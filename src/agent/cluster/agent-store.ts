import { statfs } from "node:fs/promises";
import { type HeldBlob, MOST_HELD, type Progress, type Store } from "../../api/index.ts";
import type { BlobKeeper } from "../../oci/index.ts";

/** What the controller is told of the node's disk and blobs. */
export type AgentStore = {
  figures(): Promise<Store>;
  /** Every blob that is whole; the largest where they are too many. */
  held(): Promise<readonly HeldBlob[]>;
};

/** To look at every blob takes long where there are many, and the sum changes slowly. */
const COUNT_EVERY_MS = 60_000;

export function createAgentStore(
  directory: string,
  blobs: Pick<BlobKeeper, "list">,
  progress: () => readonly Progress[],
  nowMs: () => number,
): AgentStore {
  let counted = { usedBytes: 0, atMs: Number.NEGATIVE_INFINITY };

  async function held(): Promise<readonly HeldBlob[]> {
    const all: HeldBlob[] = [];
    for await (const { digest, size } of blobs.list()) all.push({ digest, size });
    counted = { usedBytes: all.reduce((sum, { size }) => sum + size, 0), atMs: nowMs() };
    return all.sort((a, b) => b.size - a.size).slice(0, MOST_HELD);
  }

  return {
    held,
    async figures() {
      if (nowMs() - counted.atMs >= COUNT_EVERY_MS) await held();
      const { bsize, blocks, bavail } = await statfs(directory);
      return {
        capacityBytes: blocks * bsize,
        freeBytes: bavail * bsize,
        usedBytes: counted.usedBytes,
        reservedBytes: progress()
          // What waits for room has none yet.
          .filter(({ state }) => state !== "Waiting")
          .map(({ totalBytes, completedBytes }) => Math.max(0, totalBytes - completedBytes))
          .reduce((sum, bytes) => sum + bytes, 0),
      };
    },
  };
}
