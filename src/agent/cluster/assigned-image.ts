import type { Assign } from "../../api/index.ts";
import {
  type Descriptor,
  type Digest,
  digestOf,
  OCI_INDEX,
  OCI_MANIFEST,
  OciError,
  parsePlatform,
  parseReference,
  type Reference,
  withDigest,
} from "../../oci/index.ts";
import type { Wanted } from "../image-plan.ts";

/** An assignment as the daemon's own modules know images: by name and digest, so that two versions of a tag are two images. */
export type AssignedImage = {
  readonly reference: Reference;
  readonly top: Descriptor;
  /** For the node's platform; the top itself where there is no index. */
  readonly manifest: Descriptor;
  readonly wanted: Wanted;
  /** Index, manifest and config. */
  readonly documents: ReadonlyMap<Digest, Uint8Array>;
};

/** @throws OciError when the assignment contradicts itself. */
export function assignedImage(assign: Assign): AssignedImage {
  const { index, manifest, config } = assign;
  if (digestOf(manifest) !== assign.digest) {
    throw new OciError(
      "BLOB_CORRUPT",
      `the controller's assignment of ${assign.reference} has a manifest that is not ${assign.digest}`,
    );
  }
  const top = index.length > 0 ? describe(index, OCI_INDEX) : describe(manifest, OCI_MANIFEST);
  return {
    reference: withDigest(parseReference(assign.reference), top.digest),
    top,
    manifest: index.length > 0 ? describe(manifest, OCI_MANIFEST) : top,
    wanted: { kind: "some", platforms: [parsePlatform(assign.platform)] },
    documents: new Map([index, manifest, config].map((bytes) => [digestOf(bytes), bytes])),
  };
}

function describe(bytes: Uint8Array, otherwise: string): Descriptor {
  return {
    mediaType: mediaTypeIn(bytes) ?? otherwise,
    digest: digestOf(bytes),
    size: bytes.length,
  };
}

/** What is no JSON is refused when it is read as a document. */
function mediaTypeIn(bytes: Uint8Array): string | undefined {
  try {
    const { mediaType } = JSON.parse(Buffer.from(bytes).toString()) as { mediaType?: unknown };
    return typeof mediaType === "string" ? mediaType : undefined;
  } catch {
    return undefined;
  }
}
