import { randomUUID } from "node:crypto";
import { type FileHandle, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

const UNFINISHED = /^\.[^/]+\.[0-9a-f-]{36}\.unfinished$/;

/**
 * Writes a whole file: readers and a crash at any moment see the old content or the new, never a part.
 * The directory must exist. What a crash leaves behind goes with `removeUnfinishedFiles`.
 */
export async function writeFileAtomic(path: string, content: Uint8Array | string): Promise<void> {
  const directory = dirname(path);
  const unfinished = join(directory, `.${basename(path)}.${randomUUID()}.unfinished`);
  try {
    await using file = await open(unfinished, "wx", 0o600);
    await file.writeFile(content);
    await file.sync();
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  await syncDirectory(directory);
}

/** Makes the names in a directory survive a power cut. */
export async function syncDirectory(directory: string): Promise<void> {
  await using handle: FileHandle = await open(directory, "r");
  await handle.sync();
}

/** Undefined when there is no such file. */
export async function readFileIfExists(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** For start-up, when nobody writes to the directory. */
export async function removeUnfinishedFiles(directory: string): Promise<void> {
  const names = await readdir(directory);
  await Promise.all(
    names.filter((name) => UNFINISHED.test(name)).map((name) => rm(join(directory, name))),
  );
}
