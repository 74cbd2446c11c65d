import type { FileHandle } from "node:fs/promises";

/** Appends chunks to a file in blocks, so that small chunks cost no system call each. */
export interface BlockWriter {
  /** A promise means: wait for it before the chunk is used for something else, and before the next. It rejects when writing failed. */
  push(chunk: Uint8Array): Promise<void> | undefined;
  /** Until everything pushed is in the file. */
  flush(): Promise<void>;
}

/**
 * One block is written while the other fills up. Chunks are copied: kept until they are written, many would outlive
 * the young generation, and the memory of a large blob would grow until the next full collection. `onWritten` is told
 * up to which byte the file is complete.
 */
export function createBlockWriter(
  file: Pick<FileHandle, "write">,
  position: number,
  blockBytes: number,
  onWritten: (end: number) => void = () => {},
): BlockWriter {
  let at = position;
  let block: Buffer = Buffer.allocUnsafeSlow(blockBytes);
  let other: Buffer | undefined;
  let filled = 0;
  let writing: Promise<void> | undefined;
  let failure: { readonly error: unknown } | undefined;

  const write = async (bytes: Buffer) => {
    try {
      await writeAll(file, bytes, at);
      at += bytes.length;
      onWritten(at);
    } catch (error) {
      failure = { error };
    } finally {
      writing = undefined;
    }
  };
  const start = () => {
    const full = block;
    block = other ?? Buffer.allocUnsafeSlow(blockBytes);
    other = full;
    writing = write(full.subarray(0, filled));
    filled = 0;
  };
  const fill = (chunk: Uint8Array): Uint8Array => {
    const taken = chunk.subarray(0, blockBytes - filled);
    block.set(taken, filled);
    filled += taken.length;
    return chunk.subarray(taken.length);
  };
  const push = (chunk: Uint8Array): Promise<void> | undefined => {
    let rest = chunk;
    while (failure === undefined) {
      rest = fill(rest);
      if (filled < blockBytes) return undefined;
      if (writing !== undefined) return pushLater(rest);
      start();
    }
    return Promise.reject(failure.error);
  };
  const pushLater = async (rest: Uint8Array) => {
    await writing;
    await push(rest);
  };
  return {
    push,
    async flush() {
      while (writing !== undefined || filled > 0) {
        await writing;
        if (failure !== undefined) break;
        if (filled > 0) start();
      }
      if (failure !== undefined) throw failure.error;
    },
  };
}

/** A disk about to fill up takes a part of a write before it refuses the rest. */
async function writeAll(
  file: Pick<FileHandle, "write">,
  bytes: Buffer,
  position: number,
): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const rest = bytes.length - written;
    const { bytesWritten } = await file.write(bytes, written, rest, position + written);
    written += bytesWritten;
  }
}
