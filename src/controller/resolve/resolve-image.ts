import { type Advice, formatReference } from "../../oci/index.ts";
import type { ResolvedImage } from "../decide/world.ts";
import {
  askWithLogins,
  type ImageSource,
  type ResolveDeps,
  tagOrDigestOf,
} from "./ask-with-logins.ts";
import type { Failure } from "./failure.ts";
import { type ImageDocuments, readImage, type WantedPlatforms } from "./read-image.ts";

export type ImageRequest = ImageSource & { readonly wanted: WantedPlatforms };

export type FoundImage = Omit<ResolvedImage, "resolvedAt" | "refresh" | "movedFrom">;

export type Resolving =
  | { readonly state: "done"; readonly image: FoundImage; readonly documents: ImageDocuments }
  | ({ readonly state: "failed" } & Failure);

/** Ways out for the users of a cluster: for the registry client with which images are resolved. */
export const clusterAdvice: Advice = {
  login: "name a secret that has one in spec.imagePullSecrets",
  allowInsecure: (host) =>
    `have the cluster's administrator allow it for ${host} in the controller's registries`,
};

/**
 * Finds out what an image is: as nobody first, then with the logins of the distribution.
 * @throws where the API server does not answer, or the signal's reason
 */
export async function resolveImage(
  deps: ResolveDeps,
  request: ImageRequest,
  signal: AbortSignal,
): Promise<Resolving> {
  const { reference, wanted } = request;
  const question = {
    reference,
    tagOrDigest: tagOrDigestOf(request),
    wanted,
    largestBytes: deps.largestImageBytes,
  };
  const asked = await askWithLogins(deps, request, signal, (registry, inTime) =>
    readImage(registry, question, inTime),
  );
  if (asked.state === "failed") return asked;
  const { digest, platforms, documents } = asked.value;
  const access = asked.login === undefined ? "Public" : "Credentialed";
  const { host } = reference;
  const image = { reference: formatReference(reference), host, digest, access, platforms } as const;
  return { state: "done", image, documents };
}
