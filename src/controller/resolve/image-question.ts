import type { ImageDistributionStatus } from "../../api/index.ts";
import { formatReference, parseReference, type Reference } from "../../oci/index.ts";
import type { Distribution } from "../decide/world.ts";
import { type ImageBefore, imageBefore } from "./image-before.ts";
import type { LoginSources } from "./pull-logins.ts";
import type { WantedPlatforms } from "./read-image.ts";

/** What there is to find out about the image of a distribution. */
export type ImageQuestion = LoginSources & {
  readonly reference: Reference;
  /** Value of the annotation: another one wants the tag looked up again. */
  readonly refresh: string | undefined;
  readonly wanted: WantedPlatforms;
  readonly before: ImageBefore | undefined;
};

/**
 * The question of a distribution whose spec can be used.
 * @param nodePlatforms of its target nodes: os/arch or os/arch/variant
 */
export function questionOf(
  { key, spec, refresh }: Distribution,
  status: ImageDistributionStatus,
  nodePlatforms: Iterable<string>,
): ImageQuestion {
  const { image, imagePullSecrets = [], serviceAccountName, platforms = [] } = spec;
  return {
    namespace: key.slice(0, key.indexOf("/")),
    imagePullSecrets: imagePullSecrets.map(({ name }) => name),
    serviceAccountName,
    reference: parseReference(image),
    refresh,
    wanted:
      platforms.length > 0
        ? { of: "spec", platforms }
        : { of: "nodes", platforms: [...new Set(nodePlatforms)].sort() },
    before: imageBefore(status),
  };
}

/** The same for questions that have the same answer. What was there before is no part of it. */
export const sameness = ({ before: _, reference, ...question }: ImageQuestion): string =>
  JSON.stringify([formatReference(reference), question]);
