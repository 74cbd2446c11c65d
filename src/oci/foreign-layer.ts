import type { Descriptor } from "./descriptor.ts";
import { isForeignLayerType } from "./media-types.ts";

/**
 * A layer that its image wants fetched from `urls` instead of the registry (OCI image spec, layer.md,
 * non-distributable layers). The urls are somebody's word about where we should send requests: never followed.
 */
export const isForeignLayer = ({ mediaType, urls }: Descriptor): boolean =>
  (urls !== undefined && urls.length > 0) || isForeignLayerType(mediaType);
