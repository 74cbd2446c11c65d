import type { ImageDistributionStatus, LayerEntry } from "../../api/index.ts";
import { type Digest, isDigest, OciError, parseReference } from "../../oci/index.ts";
import type { Layer, PlatformImage, ResolvedImage } from "../decide/world.ts";

/** What an image was found to be, as the status tells it, perhaps written by a controller that led before. */
export type ImageBefore = {
  readonly reference: string;
  readonly digest: Digest;
  /** Since 1970. */
  readonly resolvedAt: number;
  readonly refresh: string | undefined;
  /** All of it, where the status had room for that: as good as asking the registry again. */
  readonly image: ResolvedImage | undefined;
};

/** Undefined where the status tells of no image, or somebody wrote into it what cannot be one. */
export function imageBefore(status: ImageDistributionStatus): ImageBefore | undefined {
  const { resolved, layers = [], lastHandledRefresh: refresh } = status;
  if (resolved === undefined || !isDigest(resolved.digest)) return undefined;
  const { reference, digest, access, platforms } = resolved;
  const [resolvedAt, host] = [Date.parse(resolved.resolvedTime), hostOf(reference)];
  if (Number.isNaN(resolvedAt) || host === undefined) return undefined;
  const found = platforms.flatMap((one) => platformIn(one, layers) ?? []);
  const image = { reference, host, digest, access, resolvedAt, refresh, movedFrom: undefined };
  return {
    ...{ reference, digest, resolvedAt, refresh },
    image: found.length === platforms.length ? { ...image, platforms: found } : undefined,
  };
}

type PlatformEntry = NonNullable<ImageDistributionStatus["resolved"]>["platforms"][number];

function platformIn(
  { platform, digest, bytes, layers: count }: PlatformEntry,
  rows: readonly LayerEntry[],
): PlatformImage | undefined {
  const layers = rows
    .filter(({ platforms }) => platforms?.includes(platform) ?? true)
    .flatMap((row) => layerIn(row) ?? []);
  const isWhole = isDigest(digest) && layers.length === count;
  return isWhole ? { platform, digest, bytes, layers } : undefined;
}

const layerIn = ({ digest, bytes: size, mediaType }: LayerEntry): Layer | undefined =>
  isDigest(digest) ? { digest, size, mediaType } : undefined;

function hostOf(reference: string): string | undefined {
  try {
    return parseReference(reference).host;
  } catch (error) {
    if (error instanceof OciError) return undefined;
    throw error;
  }
}
