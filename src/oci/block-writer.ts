import type { FileHandle } from "node:fs/promises";

/** Appends chunks to a file in blocks, so that small chunks cost no system call each. */
export interface BlockWriter {
  /** Takes the chunk at once; a promise means: wait for it before the next. It rejects when writing failed. */
  push(chunk: Uint8Array): Promise<void> | undefined;
  /** Until everything pushed is in the file. */
  flush(): Promise<void>;
}

/** One block in flight while the next fills up: at most two blocks and a chunk in memory. */
export function createBlockWriter(
  file: Pick<FileHandle, "writev">,
  position: number,
  blockBytes: number,
): BlockWriter {
  let at = position;
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let writing: Promise<void> | undefined;
  let failure: { readonly error: unknown } | undefined;

  const write = async (chunks: readonly Uint8Array[]) => {
    try {
      at = await writeAll(file, chunks, at);
    } catch (error) {
      failure = { error };
    } finally {
      writing = undefined;
    }
  };
  const start = () => {
    const chunks = waiting;
    waiting = [];
    waitingBytes = 0;
    writing = write(chunks);
  };
  const settle = async () => {
    await writing;
    if (failure !== undefined) throw failure.error;
    if (waitingBytes >= blockBytes) start();
  };
  return {
    push(chunk) {
      waiting.push(chunk);
      waitingBytes += chunk.length;
      if (waitingBytes < blockBytes && failure === undefined) return undefined;
      if (writing !== undefined || failure !== undefined) return settle();
      start();
      return undefined;
    },
    async flush() {
      while (writing !== undefined || waitingBytes > 0) {
        await writing;
        if (failure !== undefined) break;
        if (waitingBytes > 0) start();
      }
      if (failure !== undefined) throw failure.error;
    },
  };
}

/** A disk about to fill up takes a part of a write before it refuses the rest. */
async function writeAll(
  file: Pick<FileHandle, "writev">,
  chunks: readonly Uint8Array[],
  position: number,
): Promise<number> {
  let rest = chunks;
  let at = position;
  while (rest.length > 0) {
    const { bytesWritten } = await file.writev(rest, at);
    at += bytesWritten;
    rest = without(rest, bytesWritten);
  }
  return at;
}

function without(chunks: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let left = bytes;
  let index = 0;
  for (const chunk of chunks) {
    if (left < chunk.length) return [chunk.subarray(left), ...chunks.slice(index + 1)];
    left -= chunk.length;
    index += 1;
  }
  return [];
}
