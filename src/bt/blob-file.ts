import { createHash } from "node:crypto";
import { type FileHandle, open as openOnDisk } from "node:fs/promises";
import { BtError } from "./errors.ts";
import type { Torrent } from "./swarm.ts";
import { bytesOfPiece, hashOfPiece, piecesOf } from "./torrent.ts";

/** `flags` as in open(2): "r", or "r+" and "wx+" for a file that grows. */
export type OpenFile = (path: string, flags: string) => Promise<FileHandle>;

/** One open file of one torrent. It stays the same file when its path is renamed or removed. */
export type BlobFile = {
  /** @throws BtError STORAGE_FAILED, also when the file has become shorter than the blob. */
  read(position: number, length: number): Promise<Uint8Array>;
  /** @throws BtError DISK_FULL or STORAGE_FAILED. */
  write(position: number, bytes: Uint8Array): Promise<void>;
  /** Waits for reads and writes under way. */
  close(): Promise<void>;
};

const HASH_PART_BYTES = 1024 * 1024;

/**
 * Opens a complete blob for reading.
 * @throws BtError STORAGE_FAILED when it is absent or has another size than the torrent.
 */
export async function openComplete(torrent: Torrent, path: string, open: OpenFile = openOnDisk) {
  const handle = await open(path, "r").catch((cause: unknown) => {
    throw storageError(`could not open ${path} to seed it`, cause);
  });
  try {
    const { size } = await handle.stat();
    if (size === torrent.size) return blobFile(handle, path);
    throw new BtError(
      "STORAGE_FAILED",
      `cannot seed ${path}: it has ${size} bytes and its torrent ${torrent.size}`,
    );
  } catch (error) {
    await handle.close();
    throw error;
  }
}

export type PartialFile = {
  readonly file: BlobFile;
  /** One byte a piece: 1 where the file holds the right bytes. */
  readonly verified: Uint8Array;
};

/**
 * Opens or makes the file of a download, gives it its full size, and finds the pieces that an earlier run has left in it.
 * @throws BtError DISK_FULL, STORAGE_FAILED; the signal's reason.
 */
export async function openPartial(
  torrent: Torrent,
  path: string,
  signal: AbortSignal,
  open: OpenFile = openOnDisk,
): Promise<PartialFile> {
  const handle = await openOrCreate(path, open);
  const file = blobFile(handle, path);
  try {
    const before = await handle.stat();
    if (before.size !== torrent.size) await handle.truncate(torrent.size);
    // A file without a single block is one hole: nothing in it needs to be read.
    const held = before.blocks === 0 ? 0 : before.size;
    return { file, verified: await verifyPieces(file, torrent, held, signal) };
  } catch (error) {
    await file.close();
    throw signal.aborted
      ? error
      : storageError(`could not prepare ${path} for its download`, error);
  }
}

async function openOrCreate(path: string, open: OpenFile): Promise<FileHandle> {
  try {
    return await open(path, "r+");
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw storageError(`could not open ${path}`, error);
  }
  return await open(path, "wx+").catch((cause: unknown) => {
    throw storageError(`could not create ${path}`, cause);
  });
}

async function verifyPieces(file: BlobFile, torrent: Torrent, held: number, signal: AbortSignal) {
  const verified = new Uint8Array(piecesOf(torrent));
  for (const piece of verified.keys()) {
    signal.throwIfAborted();
    const position = piece * torrent.pieceLength;
    const length = bytesOfPiece(torrent, piece);
    if (position + length > held) break;
    const hash = await hashRange(file, position, length);
    if (hash.equals(hashOfPiece(torrent, piece))) verified[piece] = 1;
  }
  return verified;
}

/** Part by part, so that the event loop never waits for more than one part's hash. */
async function hashRange(file: BlobFile, position: number, length: number): Promise<Buffer> {
  const hash = createHash("sha1");
  for (let at = 0; at < length; at += HASH_PART_BYTES) {
    hash.update(await file.read(position + at, Math.min(HASH_PART_BYTES, length - at)));
  }
  return hash.digest();
}

function blobFile(handle: FileHandle, path: string): BlobFile {
  return {
    read: async (position, length) => {
      const buffer = Buffer.allocUnsafeSlow(length);
      for (let read = 0; read < length; ) {
        const { bytesRead } = await handle
          .read(buffer, read, length - read, position + read)
          .catch((cause: unknown) => {
            throw storageError(`could not read ${path}`, cause);
          });
        if (bytesRead === 0) throw new BtError("STORAGE_FAILED", `${path} has become shorter`);
        read += bytesRead;
      }
      return buffer;
    },
    write: async (position, bytes) => {
      for (let written = 0; written < bytes.length; ) {
        const { bytesWritten } = await handle
          .write(bytes, written, bytes.length - written, position + written)
          .catch((cause: unknown) => {
            throw storageError(`could not write ${path}`, cause);
          });
        written += bytesWritten;
      }
    },
    close: () => handle.close(),
  };
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && "code" in error ? error.code : undefined;

/** Names the act and keeps the cause; a full disk, quota or volume gets its own code. */
function storageError(act: string, cause: unknown): BtError {
  if (cause instanceof BtError) return cause;
  const full = ["ENOSPC", "EDQUOT"].includes(String(codeOf(cause)));
  const why = full ? "the disk is full" : String(codeOf(cause) ?? cause);
  return new BtError(full ? "DISK_FULL" : "STORAGE_FAILED", `${act}: ${why}`, { cause });
}
