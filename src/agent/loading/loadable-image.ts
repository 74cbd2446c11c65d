import {
  type BlobReader,
  type Descriptor,
  type Digest,
  formatReference,
  type Reference,
} from "../../oci/index.ts";
import type { MirrorBlob, MirrorManifest, MirrorSource } from "../mirror-source.ts";

/** An image that a runtime can be given: all of it is here. */
export type LoadableImage = {
  /** Of the index where there is one, as a pull of the tag would find it. */
  readonly digest: Digest;
  /** Index and manifest. */
  readonly documents: readonly MirrorManifest[];
  /** Config and layers. */
  readonly content: ReadonlyMap<Digest, MirrorBlob>;
};

/** The one repository that a runtime is told of, whatever the image's is. */
const REPOSITORY = "l";

export const loadSource = ({ documents, content }: LoadableImage): MirrorSource => ({
  servesRegistry: () => false,
  hasRepository: async (repository) => repository === REPOSITORY,
  manifest: async (repository, which) =>
    repository === REPOSITORY
      ? documents.find(({ descriptor }) => descriptor.digest === which)
      : undefined,
  blob: async (repository, digest) => (repository === REPOSITORY ? content.get(digest) : undefined),
});

export const storedBlob = (
  blobs: Pick<BlobReader, "open">,
  { digest, size }: Pick<Descriptor, "digest" | "size">,
): MirrorBlob => ({ size, open: (range) => blobs.open(digest, range) });

/**
 * What pods may call it: `repository:tag` and `repository@digest`. What was asked for with a tag and a digest has the second alone, as when the
 * kubelet pulls it: its tag may mean something else by now.
 */
export function namesOf(asked: Reference, digest: Digest): readonly string[] {
  const { digest: pinned, tag: _, ...repository } = asked;
  const byDigest = formatReference({ ...repository, digest });
  return pinned === undefined ? [formatReference(asked), byDigest] : [byDigest];
}
