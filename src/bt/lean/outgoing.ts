import { read } from "node:fs";
import { BtError } from "../errors.ts";
import { MAX_BLOCK_BYTES } from "./protocol.ts";

/** Reads blocks to be sent, into a bounded number of buffers. */
export type BlockReader = {
  /** `done` gets the block, and must call `release` when its bytes were sent; or an error. */
  read(
    fd: number,
    position: number,
    bytes: number,
    done: (error: Error | undefined, block: Uint8Array, release: () => void) => void,
  ): void;
};

/** 8 MiB a node. */
const MAX_BUFFERS = 64;
const KEPT_BUFFERS = 16;

export function createBlockReader(): BlockReader {
  const free: Buffer[] = [];
  const waiting: ((buffer: Buffer) => void)[] = [];
  let inUse = 0;

  const give = (buffer: Buffer) => {
    const next = waiting.shift();
    if (next !== undefined) {
      next(buffer);
      return;
    }
    inUse -= 1;
    if (free.length < KEPT_BUFFERS) free.push(buffer);
  };
  const withBuffer = (use: (buffer: Buffer) => void) => {
    if (inUse >= MAX_BUFFERS) {
      waiting.push(use);
      return;
    }
    inUse += 1;
    use(free.pop() ?? Buffer.allocUnsafeSlow(MAX_BLOCK_BYTES));
  };

  return {
    read: (fd, position, bytes, done) => {
      withBuffer((buffer) => {
        const fail = (error: Error) => {
          give(buffer);
          done(error, buffer, () => {});
        };
        const readOn = (at: number) => {
          read(fd, buffer, at, bytes - at, position + at, (error, count) => {
            if (error !== null) fail(error);
            else if (count === 0)
              fail(new BtError("STORAGE_FAILED", "the file has become shorter"));
            else if (at + count < bytes) readOn(at + count);
            else done(undefined, buffer.subarray(0, bytes), () => give(buffer));
          });
        };
        readOn(0);
      });
    },
  };
}
