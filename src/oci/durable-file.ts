import { randomBytes } from "node:crypto";
import { constants, copyFile, link, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { OciError } from "./errors.ts";

const TEMPORARY = /^\.incoming-/;

/** The error codes of a file system for "there is no such thing". */
export const isAbsence = (error: unknown): boolean => ["ENOENT", "ENOTDIR"].includes(codeOf(error));

export const codeOf = (error: unknown): string =>
  String((error as { readonly code?: unknown } | null)?.code ?? "");

/** The error for a write that failed: DISK_FULL when the file system or a quota is full, else STORE_WRITE. */
export function writeFailure(act: string, cause: unknown): Error {
  if (cause instanceof OciError) return cause;
  if (["ENOSPC", "EDQUOT"].includes(codeOf(cause))) {
    return new OciError("DISK_FULL", `could not ${act}: the disk is full; make room for it`, {
      cause,
    });
  }
  return new OciError("STORE_WRITE", `could not ${act}: ${(cause as Error).message}`, { cause });
}

/** A name in `directory` for what is not yet proven; `removeTemporaries` removes what a crash left of it. */
export const temporaryIn = (directory: string): string =>
  join(directory, `.incoming-${randomBytes(8).toString("hex")}`);

export async function removeTemporaries(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (TEMPORARY.test(name)) await rm(join(directory, name), { force: true });
  }
}

export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Gives a file its final name. After a crash at any point the name means either nothing new or the whole file. */
export async function renameDurably(file: string, path: string): Promise<void> {
  await syncPath(file);
  await rename(file, path);
  await syncPath(dirname(path));
}

/** Puts a new file with these bytes in the place of `path`; readers see the old one or the new one, never a part. */
export async function writeDurably(path: string, bytes: Uint8Array | string): Promise<void> {
  const temporary = temporaryIn(dirname(path));
  try {
    const handle = await open(temporary, "wx", 0o644);
    try {
      await handle.writeFile(bytes);
    } finally {
      await handle.close();
    }
    await renameDurably(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw writeFailure(`write ${basename(path)}`, cause);
  }
}

/** A durable copy at `path`. Shares the blocks where the file system can. */
export async function copyDurably(file: string, path: string): Promise<void> {
  const temporary = temporaryIn(dirname(path));
  try {
    await copyFile(file, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    await renameDurably(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** A second name for `file` at `path`, in the place of whatever was there. */
export async function linkOver(file: string, path: string): Promise<void> {
  const temporary = temporaryIn(dirname(path));
  try {
    await link(file, temporary);
    await rename(temporary, path);
  } finally {
    // When both names were links to one file already, rename does nothing and leaves the temporary one.
    await rm(temporary, { force: true });
  }
}
