import { type Digest, hexOf } from "../digest.ts";
import { LAYOUT_MARK, renderLayoutIndex } from "../layout-index.ts";
import type { TestTarEntry } from "./a-tar.ts";
import type { TestImage } from "./an-image.ts";

export const blobName = (digest: Digest): string => `blobs/sha256/${hexOf(digest)}`;

/** The files of a layout that holds one image. */
export const archiveEntries = (image: TestImage, name = "v1"): readonly TestTarEntry[] => [
  ...[...image.blobs].map(([digest, content]) => ({ name: blobName(digest), content })),
  { name: "index.json", content: renderLayoutIndex([{ descriptor: image.top, name }]) },
  { name: "oci-layout", content: LAYOUT_MARK },
];

export function* pieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export const sizeOf = ({ content = "" }: TestTarEntry): number => Buffer.byteLength(content);
