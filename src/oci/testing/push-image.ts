import type { TestImage } from "./an-image.ts";
import type { LyingRegistry } from "./lying-registry.ts";

/** Puts all of an image into a registry of our own, under a tag. */
export function pushImage(
  registry: LyingRegistry,
  repository: string,
  tag: string,
  { top, blobs }: TestImage,
): void {
  for (const [digest, bytes] of blobs) {
    registry.addBlob(bytes);
    const mediaType = mediaTypeOf(bytes);
    const name = digest === top.digest ? tag : digest;
    if (mediaType !== undefined)
      registry.addManifest(repository, name, mediaType, bytes.toString());
  }
}

/** Documents name their own type; configs and layers do not. */
function mediaTypeOf(bytes: Buffer): string | undefined {
  try {
    return (JSON.parse(bytes.toString()) as { mediaType?: string }).mediaType;
  } catch {
    return undefined;
  }
}
