import type { Descriptor } from "./descriptor.ts";
import { DocumentReader, kindOf, Refusal } from "./document-reader.ts";
import { OciError } from "./errors.ts";
import { isObject, own, parseJson } from "./json.ts";
import { OCI_INDEX } from "./media-types.ts";
import { formatReference, parseReference, type Reference } from "./reference.ts";

/** What the images of a layout are called by other tools (OCI image spec, annotations.md). */
export const REF_NAME = "org.opencontainers.image.ref.name";
const REFERENCE = "io.oci-torrent.reference";
const MOST_ENTRIES = 10_000;

/** The content of the file oci-layout (OCI image spec, image-layout.md). */
export const LAYOUT_MARK = `${JSON.stringify({ imageLayoutVersion: "1.0.0" })}\n`;

/** An image in a layout. One that another tool put there has no reference, perhaps a name. */
export type LayoutEntry = {
  readonly descriptor: Descriptor;
  readonly reference?: Reference;
  readonly name?: string;
};

/** Reads the index.json of a layout. `where` names it in errors, which have the code MANIFEST_INVALID. */
export function parseLayoutIndex(bytes: Uint8Array, where: string): readonly LayoutEntry[] {
  const invalid = (why: string, cause?: unknown): OciError =>
    new OciError("MANIFEST_INVALID", `could not read ${where}: ${why}`, { cause });
  const value = parseJson(bytes, invalid);
  if (!isObject(value)) throw invalid(`it is ${kindOf(value)}, not a JSON object`);
  const version = own(value, "schemaVersion");
  if (version !== 2) throw invalid(`its schemaVersion is ${kindOf(version)}, not 2`);
  try {
    return new DocumentReader().descriptors(value, "manifests", MOST_ENTRIES).map(entryOf);
  } catch (error) {
    throw error instanceof Refusal || error instanceof OciError
      ? invalid(error.message, error)
      : error;
  }
}

function entryOf({ annotations = {}, ...bare }: Descriptor): LayoutEntry {
  const { [REF_NAME]: name, [REFERENCE]: reference, ...others } = annotations;
  const descriptor = Object.keys(others).length === 0 ? bare : { ...bare, annotations: others };
  if (reference !== undefined) return { descriptor, reference: parseReference(reference) };
  return name === undefined ? { descriptor } : { descriptor, name };
}

/** The index.json that lists these entries. */
export function renderLayoutIndex(entries: readonly LayoutEntry[]): string {
  const tagged = new Map([...taggedEntries(entries)].map(([tag, entry]) => [entry, tag]));
  const manifests = entries.map((entry) => {
    const { descriptor, reference } = entry;
    const name = entry.name ?? tagged.get(entry);
    const annotations = {
      ...descriptor.annotations,
      ...(name === undefined ? {} : { [REF_NAME]: name }),
      ...(reference === undefined ? {} : { [REFERENCE]: formatReference(reference) }),
    };
    return Object.keys(annotations).length === 0 ? descriptor : { ...descriptor, annotations };
  });
  return `${JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests })}\n`;
}

/**
 * Which entry a tag means. A reference that has a digest beside its tag takes the tag only when none without a digest
 * has it; then the latest does.
 */
export function taggedEntries(entries: readonly LayoutEntry[]): ReadonlyMap<string, LayoutEntry> {
  const tagged = new Map<string, LayoutEntry>();
  const pinnedFirst = [
    ...entries.filter(({ reference }) => reference?.digest !== undefined),
    ...entries.filter(({ reference }) => reference?.digest === undefined),
  ];
  for (const entry of pinnedFirst) {
    const tag = entry.reference?.tag;
    if (tag !== undefined) tagged.set(tag, entry);
  }
  return tagged;
}

/** The entries with this image in the place of an older one of the same reference. */
export const withEntry = (
  entries: readonly LayoutEntry[],
  reference: Reference,
  descriptor: Descriptor,
): readonly LayoutEntry[] => [...withoutEntry(entries, reference), { reference, descriptor }];

export const withoutEntry = (
  entries: readonly LayoutEntry[],
  reference: Reference,
): readonly LayoutEntry[] => entries.filter((entry) => !isSame(entry.reference, reference));

/** The image of exactly this reference; else the one that its digest, or its tag, means here. */
export function findEntry(
  entries: readonly LayoutEntry[],
  reference: Reference,
): LayoutEntry | undefined {
  const exact = entries.find((entry) => isSame(entry.reference, reference));
  if (exact !== undefined) return exact;
  if (reference.digest !== undefined) {
    return entries.find(
      (entry) => entry.reference !== undefined && entry.descriptor.digest === reference.digest,
    );
  }
  return reference.tag === undefined ? undefined : taggedEntries(entries).get(reference.tag);
}

const isSame = (one: Reference | undefined, other: Reference): boolean =>
  one !== undefined && formatReference(one) === formatReference(other);
