import { formatReference, parseSource, quoted } from "../oci/index.ts";
import { CtrError } from "./errors.ts";

/** An image as a command names it. */
export type ImageArgument = {
  /** Complete and normalised, as the daemon knows it: docker.io/library/busybox:latest. */
  readonly reference: string;
  /** As the user wrote it, with a scheme: docker://busybox. */
  readonly shown: string;
  /** docker.io, or the host and port of another registry. */
  readonly host: string;
  /** library/busybox */
  readonly repository: string;
};

/** @throws OciError REFERENCE_INVALID, or CtrError for a source that has to be imported first. */
export function parseImage(text: string): ImageArgument {
  const source = parseSource(text);
  if (source.kind !== "docker") {
    throw new CtrError(
      "USAGE",
      `${quoted(text)} is not the name of an image: "oci-torrent-ctr import" takes it in, under a name`,
    );
  }
  const { host, repository } = source.reference;
  return {
    reference: formatReference(source.reference),
    shown: text.startsWith("docker://") ? text : `docker://${text}`,
    host,
    repository,
  };
}

/** For commands that take every image when none is named. */
export const parseOptionalImage = (text: string | undefined): ImageArgument | undefined =>
  text === undefined ? undefined : parseImage(text);
