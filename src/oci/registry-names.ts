import { isDigest } from "./digest.ts";
import { OciError } from "./errors.ts";
import { quoted } from "./quoted.ts";
import { isRepository, isTag } from "./reference.ts";

const LONGEST_NAME = 255;

/** What goes into a URL follows the grammar (OCI distribution spec, pulling manifests), whoever parsed it before. */
export function checkRepository(host: string, repository: string): void {
  if (`${host}/${repository}`.length <= LONGEST_NAME && isRepository(repository)) return;
  throw new OciError("REFERENCE_INVALID", `${quoted(repository)} is not a repository name`);
}

export function checkTagOrDigest(text: string): void {
  if (isTag(text) || isDigest(text)) return;
  throw new OciError("REFERENCE_INVALID", `${quoted(text)} is neither a tag nor a sha256 digest`);
}
