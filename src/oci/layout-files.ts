import type { Dirent } from "node:fs";
import { mkdir, readdir, readFile, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { blobMissing } from "./blob-failure.ts";
import type { BlobFiles } from "./blob-store.ts";
import { type Digest, digestFromHex, hexOf } from "./digest.ts";
import {
  codeOf,
  copyDurably,
  isAbsence,
  linkOver,
  removeTemporaries,
  syncPath,
  writeDurably,
} from "./durable-file.ts";
import {
  LAYOUT_MARK,
  type LayoutEntry,
  parseLayoutIndex,
  renderLayoutIndex,
  taggedEntries,
} from "./layout-index.ts";

const BLOB_NAME = /^[0-9a-f]{64}$/;
const UNLINKABLE: ReadonlySet<string> = new Set(["EXDEV", "EPERM", "EMLINK", "ENOTSUP"]);

export const blobsOf = (directory: string): string => join(directory, "blobs", "sha256");
const refsOf = (directory: string): string => join(directory, "refs");

const isMark = (entry: Dirent): boolean =>
  entry.isFile() && (entry.name === "oci-layout" || entry.name === "index.json");

/** The directories below `root` that are image layouts, were it half written or half removed ones. */
export async function* findLayouts(root: string): AsyncGenerator<string> {
  const entries = await orNothing(readdir(root, { withFileTypes: true }));
  if (entries.some(isMark)) yield root;
  for (const entry of entries) {
    if (!entry.isDirectory() || entry.name === "blobs" || entry.name === "refs") continue;
    yield* findLayouts(join(root, entry.name));
  }
}

/** The images of a layout; none when there is no such layout. */
export async function readEntries(directory: string): Promise<readonly LayoutEntry[]> {
  const path = join(directory, "index.json");
  const bytes = await readFile(path).catch((error: unknown) => {
    if (isAbsence(error)) return undefined;
    throw error;
  });
  return bytes === undefined ? [] : parseLayoutIndex(bytes, path);
}

/** Makes a layout that lists nothing yet: from here on the collector finds it. */
export async function makeLayout(directory: string): Promise<void> {
  await mkdir(blobsOf(directory), { recursive: true });
  await writeIfOther(join(directory, "oci-layout"), LAYOUT_MARK);
}

/** Makes the layout list these images. With the rename of index.json it is done; the refs repeat what that says. */
export async function writeEntries(
  directory: string,
  entries: readonly LayoutEntry[],
): Promise<void> {
  await mkdir(refsOf(directory), { recursive: true });
  await writeIndex(directory, entries);
  await writeRefs(refsOf(directory), taggedEntries(entries));
}

export async function writeIndex(
  directory: string,
  entries: readonly LayoutEntry[],
): Promise<void> {
  await writeDurably(join(directory, "index.json"), renderLayoutIndex(entries));
}

async function writeRefs(directory: string, tagged: ReadonlyMap<string, LayoutEntry>) {
  for (const name of await readdir(directory)) {
    if (!tagged.has(name)) await rm(join(directory, name), { force: true });
  }
  for (const [tag, { descriptor }] of tagged) {
    await writeIfOther(join(directory, tag), JSON.stringify(descriptor));
  }
}

async function writeIfOther(path: string, text: string): Promise<void> {
  const before = await readFile(path, "utf8").catch(() => undefined);
  if (before !== text) await writeDurably(path, text);
}

/** Removes a layout that lists nothing any more, and the directories above it, up to `root`, that stay empty. */
export async function removeLayout(root: string, directory: string): Promise<void> {
  await rm(blobsOf(directory), { recursive: true, force: true });
  await rm(join(directory, "blobs"), { recursive: true, force: true });
  await rm(refsOf(directory), { recursive: true, force: true });
  await rm(join(directory, "index.json"), { force: true });
  await rm(join(directory, "oci-layout"), { force: true });
  for (let at = directory; relative(root, at) !== ""; at = dirname(at)) {
    if (!(await removeIfEmpty(at))) return;
  }
}

async function removeIfEmpty(directory: string): Promise<boolean> {
  try {
    await rmdir(directory);
    return true;
  } catch (error) {
    if (["ENOTEMPTY", "EEXIST", "ENOENT"].includes(codeOf(error))) return false;
    throw error;
  }
}

/** The blobs that a layout has, whatever its index says. */
export async function heldBlobs(directory: string): Promise<readonly Digest[]> {
  const names = await orNothing(readdir(blobsOf(directory)));
  return names.filter((name) => BLOB_NAME.test(name)).map(digestFromHex);
}

/** Removes the blobs that are not to be kept, and what a crash left half written. */
export async function pruneLayout(directory: string, keep: ReadonlySet<Digest>): Promise<number> {
  await removeTemporaries(directory);
  const names = await orNothing(readdir(blobsOf(directory)));
  const unwanted = names.filter((name) => !(BLOB_NAME.test(name) && keep.has(digestFromHex(name))));
  for (const name of unwanted) await rm(join(blobsOf(directory), name), { force: true });
  return unwanted.length;
}

/** Gives the layout these blobs of the store: as hard links, or as copies where links are not wanted or not possible. */
export async function placeBlobs(
  directory: string,
  blobs: Iterable<Digest>,
  store: BlobFiles,
  hardlink: boolean,
): Promise<void> {
  const target = blobsOf(directory);
  for (const digest of blobs) {
    await placeBlob(store.path(digest), join(target, hexOf(digest)), hardlink).catch((error) => {
      throw isAbsence(error) ? blobMissing(digest) : error;
    });
  }
  await syncPath(target);
}

async function placeBlob(source: string, target: string, hardlink: boolean): Promise<void> {
  const [from, to] = await Promise.all([stat(source), stat(target).catch(() => undefined)]);
  if (to !== undefined && to.ino === from.ino && to.dev === from.dev) return;
  if (hardlink && (await tryLink(source, target))) return;
  // A copy older than the blob may be of one that was corrupt and has been fetched again.
  if (to?.size === from.size && to.mtimeMs >= from.mtimeMs) return;
  await copyDurably(source, target);
}

async function tryLink(source: string, target: string): Promise<boolean> {
  try {
    await linkOver(source, target);
    return true;
  } catch (error) {
    if (UNLINKABLE.has(codeOf(error))) return false;
    throw error;
  }
}

async function orNothing<T>(entries: Promise<readonly T[]>): Promise<readonly T[]> {
  return await entries.catch((error: unknown) => {
    if (isAbsence(error)) return [];
    throw error;
  });
}
