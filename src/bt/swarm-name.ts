import { createHash } from "node:crypto";
import type { NamedBlob } from "./swarm.ts";
import { pieceLength as usualPieceLength } from "./torrent.ts";

/**
 * What a blob's swarm is called on trackers and links before anybody knows its piece hashes, 40 hex digits. Blobs of another size or piece length
 * have other names, so all who meet under one name mean the same pieces.
 */
export function swarmName({
  name,
  size,
  pieceLength = usualPieceLength(size),
}: NamedBlob & { readonly pieceLength?: number }): string {
  const text = `oci-torrent swarm 1\nsha256:${name}\n${size}\n${pieceLength}`;
  return createHash("sha256").update(text).digest("hex").slice(0, 40);
}
