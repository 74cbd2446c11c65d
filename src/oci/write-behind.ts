import { open } from "node:fs/promises";
import { isAbsence, writeFailure } from "./durable-file.ts";

/** So much may be in memory alone, besides what is being written. */
const EVERY_BYTES = 8 * 1024 * 1024;

export type WriteBehind = {
  /** `bytes` of the file are written by now. */
  wrote(bytes: number): void;
  /** Waits for what is under way. Throws DISK_FULL or STORE_WRITE when anything did not get to the disk: Linux tells that once, so nobody may take the file for whole then. */
  close(): Promise<void>;
};

/** Has a file that grows go to disk meanwhile, so that who makes it durable in the end need not wait for all of it. */
export function createWriteBehind(file: string): WriteBehind {
  let asked = 0;
  let underWay: Promise<void> | undefined;
  let failure: Error | undefined;

  async function sync(): Promise<void> {
    try {
      const handle = await open(file, "r");
      await handle.datasync().finally(() => handle.close());
    } catch (cause) {
      // Not there yet: then nothing of it is lost.
      if (!isAbsence(cause)) failure = writeFailure(`write ${file} to disk`, cause);
    }
    underWay = undefined;
  }

  return {
    wrote(bytes) {
      if (underWay !== undefined || failure !== undefined || bytes - asked < EVERY_BYTES) return;
      asked = bytes;
      underWay = sync();
    },
    async close() {
      await underWay;
      if (failure !== undefined) throw failure;
    },
  };
}
