import { type Digest, isDigest, isRepository, isTag, quoted } from "../oci/index.ts";
import { type Refusal, refusal } from "./mirror-refusal.ts";

/** What a request asks for, in names that are safe to look up (OCI distribution spec, pull). */
export type Route =
  | { readonly kind: "base" }
  /** `which` is a tag or a digest. */
  | { readonly kind: "manifest"; readonly repository: string; readonly which: string }
  | { readonly kind: "blob"; readonly repository: string; readonly digest: Digest }
  | Refusal;

const CONTENT = /^\/v2\/(.*)\/(manifests|blobs)\/([^/]*)$/;

/**
 * Reads a request target as it came, without decoding: nothing in these names is ever written with a percent sign, so
 * what has one is no name.
 */
export function parseRoute(target: string, servesRegistry: (host: string) => boolean): Route {
  const [path = "", ...query] = target.split("?");
  const unserved = registriesIn(query.join("?")).find((host) => !servesRegistry(host));
  if (unserved !== undefined) {
    return refusal(404, "NAME_UNKNOWN", `no registry ${quoted(unserved)} here`);
  }
  if (path === "/v2/" || path === "/v2") return { kind: "base" };
  const [, repository = "", kind, which = ""] = CONTENT.exec(path) ?? [];
  if (kind === undefined) return refusal(404, "UNSUPPORTED", "here are manifests and blobs only");
  if (!isRepository(repository)) {
    return refusal(400, "NAME_INVALID", `not a repository name: ${quoted(repository)}`);
  }
  return kind === "blobs" ? blobRoute(repository, which) : manifestRoute(repository, which);
}

/**
 * Of the parameter `ns`, in which containerd tells a mirror whose image it wants (containerd, registry host namespaces). Two of them are one
 * name that no registry has.
 */
function registriesIn(query: string): readonly string[] {
  const named = new URLSearchParams(query).getAll("ns");
  return named.length > 1 ? [named.join(" ")] : named;
}

function blobRoute(repository: string, digest: string): Route {
  return isDigest(digest) ? { kind: "blob", repository, digest } : notDigest(digest);
}

function manifestRoute(repository: string, which: string): Route {
  if (isDigest(which) || isTag(which)) return { kind: "manifest", repository, which };
  if (which.includes(":")) return notDigest(which);
  return refusal(404, "MANIFEST_UNKNOWN", `neither a tag nor a digest: ${quoted(which)}`);
}

const notDigest = (text: string): Refusal =>
  refusal(400, "DIGEST_INVALID", `not a sha256 digest: ${quoted(text)}`);
