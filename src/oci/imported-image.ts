import type { FileBlobStore } from "./blob-store.ts";
import type { Descriptor } from "./descriptor.ts";
import type { Digest } from "./digest.ts";
import { OciError } from "./errors.ts";
import { imageClosure } from "./image-closure.ts";
import { isObject, own, parseJson } from "./json.ts";
import { type LayoutEntry, parseLayoutIndex } from "./layout-index.ts";
import { isIndexType, isManifestType } from "./media-types.ts";
import { quoted } from "./quoted.ts";
import { familiarReference, formatReference, type Reference } from "./reference.ts";
import type { CopyOptions } from "./verified-copy.ts";

export type ImportLimits = {
  /** Files and directories in an archive. */
  readonly entries: number;
  /** What all files have together, unpacked. */
  readonly bytes: number;
};

export type ImportOptions = CopyOptions & {
  readonly blobs: FileBlobStore;
  /** Which image of several: its name, tag, digest or reference there. */
  readonly name?: string | undefined;
  readonly limits?: Partial<ImportLimits>;
};

export type ImportedImage = {
  readonly descriptor: Descriptor;
  /** All that the store now holds of it. */
  readonly digests: readonly Digest[];
  /** What it was called where it came from. */
  readonly name?: string;
  readonly reference?: Reference;
};

const LIMITS: ImportLimits = { entries: 10_000, bytes: 256 * 2 ** 30 };
const MOST_NAMES_SHOWN = 10;

export const unreadable = (where: string, why: string, cause?: unknown): OciError =>
  new OciError("ARCHIVE_INVALID", `could not read ${where}: ${why}`, { cause });

/** Counts what an import takes, and throws ARCHIVE_INVALID when it is too much. */
export function importCounter(where: string, limits: Partial<ImportLimits> = {}) {
  const most = { ...LIMITS, ...limits };
  let entries = 0;
  let bytes = 0;
  return (more: number): void => {
    entries += 1;
    bytes += more;
    if (entries > most.entries) throw unreadable(where, `it has more than ${most.entries} entries`);
    if (bytes > most.bytes) throw unreadable(where, `it has more than ${most.bytes} bytes`);
  };
}

/** Which image of a layout to take, from the bytes of its files oci-layout and index.json. */
export function chooseImage(
  mark: Uint8Array | undefined,
  index: Uint8Array | undefined,
  name: string | undefined,
  where: string,
): LayoutEntry {
  if (mark === undefined) throw unreadable(where, "it has no file oci-layout");
  const invalid = (why: string, cause?: unknown) =>
    unreadable(where, `of its file oci-layout, ${why}`, cause);
  const layout = parseJson(mark, invalid);
  const version = isObject(layout) ? own(layout, "imageLayoutVersion") : undefined;
  if (typeof version !== "string" || !version.startsWith("1.")) {
    throw unreadable(where, "its file oci-layout does not say version 1");
  }
  if (index === undefined) throw unreadable(where, "it has no file index.json");
  return chooseEntry(parseLayoutIndex(index, `index.json of ${where}`), name, where);
}

function chooseEntry(
  entries: readonly LayoutEntry[],
  name: string | undefined,
  where: string,
): LayoutEntry {
  const [only, another] = entries;
  if (only === undefined) throw unreadable(where, "it holds no image");
  if (name === undefined && another === undefined) return only;
  const chosen = entries.filter((entry) => name !== undefined && namesOf(entry).includes(name));
  const [one, other] = chosen;
  if (one !== undefined && other === undefined) return one;
  const names = entries.map((entry) => quoted(namesOf(entry)[0] ?? ""));
  const more = names.length > MOST_NAMES_SHOWN ? " and more" : "";
  const list = names.slice(0, MOST_NAMES_SHOWN).join(", ") + more;
  if (name === undefined) throw unreadable(where, `say which of its images to take: ${list}`);
  if (one !== undefined) throw unreadable(where, `it holds ${quoted(name)} more than once`);
  throw unreadable(where, `it does not hold ${quoted(name)}, but ${list}`);
}

function namesOf({ name, reference, descriptor }: LayoutEntry): readonly string[] {
  const names = name === undefined ? [] : [name];
  if (reference !== undefined) {
    if (reference.tag !== undefined) names.push(reference.tag);
    names.push(formatReference(reference), familiarReference(reference));
  }
  return [...names, descriptor.digest];
}

/** What an import comes to, once its blobs are in the store. Throws ARCHIVE_INVALID when no platform is whole. */
export async function importedImage(
  { descriptor, name, reference }: LayoutEntry,
  { blobs }: ImportOptions,
  where: string,
): Promise<ImportedImage> {
  if (!isIndexType(descriptor.mediaType) && !isManifestType(descriptor.mediaType)) {
    throw unreadable(where, `${quoted(descriptor.mediaType)} is neither an index nor a manifest`);
  }
  const { present, absent, complete } = await imageClosure(blobs, descriptor);
  if (complete.length === 0) {
    const [lacking] = absent;
    throw unreadable(
      where,
      lacking === undefined ? "its index is empty" : `it lacks ${lacking.digest}`,
    );
  }
  return {
    descriptor,
    digests: present.map((blob) => blob.digest),
    ...(name === undefined ? {} : { name }),
    ...(reference === undefined ? {} : { reference }),
  };
}
