import type { BlobReader } from "./blob-store.ts";
import type { Descriptor } from "./descriptor.ts";
import type { Digest } from "./digest.ts";
import { OciError } from "./errors.ts";
import { LARGEST_DOCUMENT_BYTES } from "./json.ts";
import { childrenOf, DEEPEST_INDEX, parseDescribed } from "./manifest.ts";
import { isIndexType, isManifestType } from "./media-types.ts";

/** What an image is made of, each digest once, the documents before what they name. */
export type ImageClosure = {
  /** Index, manifests, configs and layers that the store holds. */
  readonly present: readonly Descriptor[];
  /** What the documents name and the store lacks: for an index, the manifests of platforms not asked for too. */
  readonly absent: readonly Descriptor[];
  /** The manifests that the store holds with all of their content. */
  readonly complete: readonly Descriptor[];
};

/**
 * Follows the documents down from what a tag names. Throws BLOB_CORRUPT or MANIFEST_INVALID for a document that the
 * store holds and that cannot be read.
 */
export async function imageClosure(blobs: BlobReader, top: Descriptor): Promise<ImageClosure> {
  const seen = new Map<Digest, { descriptor: Descriptor; present: boolean }>();
  const complete: Descriptor[] = [];

  /** Tells whether all of it is there. */
  async function visit(descriptor: Descriptor, indexesAbove: number): Promise<boolean> {
    const known = seen.get(descriptor.digest);
    if (known !== undefined) return known.present;
    const present = (await blobs.stat(descriptor.digest)) !== undefined;
    seen.set(descriptor.digest, { descriptor, present });
    return present && (await visitChildren(descriptor, indexesAbove));
  }

  async function visitChildren(descriptor: Descriptor, indexesAbove: number): Promise<boolean> {
    const isIndex = isIndexType(descriptor.mediaType);
    if (!isIndex && !isManifestType(descriptor.mediaType)) return true;
    if (isIndex && indexesAbove === DEEPEST_INDEX) throw tooDeep(descriptor);
    const bytes = await blobs.read(descriptor.digest, LARGEST_DOCUMENT_BYTES);
    let whole = true;
    for (const child of childrenOf(parseDescribed(bytes, descriptor))) {
      whole = (await visit(child, indexesAbove + (isIndex ? 1 : 0))) && whole;
    }
    if (whole && !isIndex) complete.push(descriptor);
    return whole;
  }

  await visit(top, 0);
  const all = [...seen.values()];
  return {
    present: all.filter((one) => one.present).map((one) => one.descriptor),
    absent: all.filter((one) => !one.present).map((one) => one.descriptor),
    complete,
  };
}

const tooDeep = ({ digest }: Descriptor): OciError =>
  new OciError(
    "MANIFEST_INVALID",
    `could not read the index ${digest}: it stands below ${DEEPEST_INDEX} other indexes`,
  );
