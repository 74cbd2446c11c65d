import type { FileHandle } from "node:fs/promises";
import type { OpenFile } from "../blob-file.ts";
import { BtError } from "../errors.ts";
import type { NamedBlob } from "../swarm.ts";
import { type CheckedFile, type Checker, storageError } from "./checker.ts";
import type { KnownHashes } from "./resume-state.ts";

/**
 * Opens a complete blob for reading.
 * @throws BtError STORAGE_FAILED when it is absent or has another size.
 */
export async function openComplete(
  size: number,
  path: string,
  open: OpenFile,
): Promise<FileHandle> {
  const handle = await open(path, "r").catch((cause: unknown) => {
    throw storageError(`could not open ${path} to seed it`, cause);
  });
  try {
    const found = await handle.stat();
    if (found.size === size) return handle;
    throw new BtError(
      "STORAGE_FAILED",
      `cannot seed ${path}: it has ${found.size} bytes and its blob ${size}`,
    );
  } catch (error) {
    await handle.close();
    throw error;
  }
}

export type PartialBlob = {
  readonly handle: FileHandle;
  readonly checked: CheckedFile;
  /** One byte a piece: 1 where the file holds what its hash says. */
  readonly held: Uint8Array;
};

/**
 * Opens or makes the file of a download, gives it its full size, and finds the right pieces among those that may be in it.
 * @throws BtError DISK_FULL, STORAGE_FAILED; the signal's reason.
 */
export async function openPartial(
  path: string,
  blob: NamedBlob & { readonly pieceLength: number },
  known: KnownHashes | undefined,
  open: OpenFile,
  checker: Checker,
  signal: AbortSignal,
): Promise<PartialBlob> {
  const { size, name: digest, pieceLength } = blob;
  const handle = await openOrCreate(path, open);
  const checked = checker.open({ fd: handle.fd, size, pieceLength, digest });
  try {
    const before = await handle.stat();
    if (before.size !== size) await handle.truncate(size);
    // A file without a single block is one hole: nothing in it needs to be read.
    const there = before.blocks === 0 ? 0 : before.size;
    const which = whichToCheck(blob, known, there);
    const hashes = known?.hashes ?? new Uint8Array();
    const isAny = which.includes(1);
    const held = isAny ? await orAbort(checked.scan(which, hashes), signal) : which;
    signal.throwIfAborted();
    return { handle, checked, held };
  } catch (error) {
    await checked.close();
    await handle.close();
    throw signal.aborted ? signal.reason : storageError(`could not prepare ${path}`, error);
  }
}

function whichToCheck(
  { size, pieceLength }: { readonly size: number; readonly pieceLength: number },
  known: KnownHashes | undefined,
  there: number,
): Uint8Array {
  const which = new Uint8Array(Math.ceil(size / pieceLength));
  const withHash = (known?.hashes.length ?? 0) / 20;
  for (const piece of which.keys()) {
    const isThere = Math.min(size, (piece + 1) * pieceLength) <= there;
    if (isThere && piece < withHash && known?.written[piece] === 1) which[piece] = 1;
  }
  return which;
}

async function openOrCreate(path: string, open: OpenFile): Promise<FileHandle> {
  try {
    return await open(path, "r+");
  } catch (error) {
    const isAbsent = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (!isAbsent) throw storageError(`could not open ${path}`, error);
  }
  return await open(path, "wx+").catch((cause: unknown) => {
    throw storageError(`could not create ${path}`, cause);
  });
}

async function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
    aborted.promise.catch(() => {});
  }
}
