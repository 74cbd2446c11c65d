import { createHash, type Hash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { type BlockWriter, createBlockWriter } from "./block-writer.ts";
import type { Descriptor } from "./descriptor.ts";
import { OciError } from "./errors.ts";

/** A blob that grows in a file, hashed as it grows. Fails with DISK_FULL or STORE_WRITE. */
export interface PartialBlob {
  /** Bytes that are hashed, and in the file or on their way there. */
  readonly length: number;
  /** A promise means: wait for it before the next chunk. */
  append(chunk: Uint8Array): Promise<void> | undefined;
  /** Whether the bytes are the descriptor's. */
  matches(): boolean;
  /** Empties the file. */
  restart(): Promise<void>;
  flush(): Promise<void>;
  close(): Promise<void>;
}

export type PartialBlobListeners = {
  /** Sees every byte in order, those already in the file included. Chunks are lent. */
  readonly onBytes?: (chunk: Uint8Array) => void;
  /** Up to which byte the file can be read. */
  readonly onWritten?: (bytes: number) => void;
};

const BLOCK_BYTES = 1024 * 1024;

/**
 * Opens the file, or makes it, and hashes what is already there: `onBytes` sees it first. A file longer than the
 * blob holds something else and is emptied. Chunks are lent: `onBytes` must copy what it keeps.
 */
export async function openPartialBlob(
  path: string,
  descriptor: Descriptor,
  { onBytes = () => {}, onWritten = () => {} }: PartialBlobListeners,
  signal: AbortSignal,
): Promise<PartialBlob> {
  const explain = (cause: unknown): OciError => writeError(path, descriptor, cause);
  const file = await open(path, constants.O_RDWR | constants.O_CREAT).catch((cause: unknown) => {
    throw explain(cause);
  });
  try {
    return await readPrefix({ file, descriptor, onBytes, onWritten, explain }, signal);
  } catch (error) {
    await file.close();
    throw error;
  }
}

type Opened = {
  readonly file: FileHandle;
  readonly descriptor: Descriptor;
  readonly explain: (cause: unknown) => OciError;
} & Required<PartialBlobListeners>;

async function readPrefix(opened: Opened, signal: AbortSignal): Promise<PartialBlob> {
  const { file, descriptor, onBytes, onWritten, explain } = opened;
  const hash = createHash("sha256");
  const { size } = await file.stat();
  if (size > descriptor.size) {
    await file.truncate(0);
    return partialBlob(opened, hash, 0);
  }
  const block = Buffer.allocUnsafe(Math.min(BLOCK_BYTES, size));
  let length = 0;
  while (length < size) {
    signal.throwIfAborted();
    const { bytesRead } = await file
      .read(block, 0, block.length, length)
      .catch((cause: unknown) => {
        throw explain(cause);
      });
    if (bytesRead === 0) break;
    const chunk = block.subarray(0, bytesRead);
    hash.update(chunk);
    onBytes(chunk);
    length += bytesRead;
    onWritten(length);
  }
  return partialBlob(opened, hash, length);
}

function partialBlob(opened: Opened, prefixHash: Hash, prefixLength: number): PartialBlob {
  const { file, descriptor, onBytes, onWritten, explain } = opened;
  let hash = prefixHash;
  let length = prefixLength;
  let writer: BlockWriter = createBlockWriter(file, length, BLOCK_BYTES, onWritten);
  const explained = async (work: Promise<void>): Promise<void> => {
    await work.catch((cause: unknown) => {
      throw explain(cause);
    });
  };
  return {
    get length() {
      return length;
    },
    append(chunk) {
      hash.update(chunk);
      onBytes(chunk);
      length += chunk.length;
      const wait = writer.push(chunk);
      return wait === undefined ? undefined : explained(wait);
    },
    matches: () =>
      length === descriptor.size && `sha256:${hash.copy().digest("hex")}` === descriptor.digest,
    async restart() {
      await explained(writer.flush());
      await explained(file.truncate(0));
      hash = createHash("sha256");
      length = 0;
      writer = createBlockWriter(file, 0, BLOCK_BYTES, onWritten);
    },
    flush: () => explained(writer.flush()),
    close: () => file.close(),
  };
}

function writeError(path: string, { digest }: Descriptor, cause: unknown): OciError {
  const code =
    typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : "unknown";
  return code === "ENOSPC" || code === "EDQUOT"
    ? new OciError(
        "DISK_FULL",
        `could not write blob ${digest} to ${path}: the disk is full: free some space, and it goes on from here`,
        { cause },
      )
    : new OciError(
        "STORE_WRITE",
        `could not write blob ${digest} to ${path} (${code}): check the disk and its permissions`,
        { cause },
      );
}
