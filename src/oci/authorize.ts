import type { BlobDeps } from "./blob-stream.ts";
import { type AccessTokenCredential, accessTokenCredential } from "./credential.ts";
import { repositoryAt } from "./exchange.ts";
import { fetchDocument } from "./registry-document.ts";
import type { RegistryEndpoint } from "./registry-endpoints.ts";

/** What a registry wants to be shown by whoever pulls. It never prints itself. */
export type Authorization =
  /** It gives to anybody. */
  | { readonly kind: "none" }
  /** The login itself: there is no service that gives tokens for it. */
  | { readonly kind: "login" }
  /** A token for pulls from one repository. `expiresAt` in milliseconds since the epoch. */
  | {
      readonly kind: "token";
      readonly credential: AccessTokenCredential;
      readonly expiresAt: number;
    };

/** Finds out by fetching a manifest, as whoever pulls would. Fails with `AttemptFailed`. */
export async function authorizationAt(
  deps: BlobDeps,
  endpoint: RegistryEndpoint,
  repository: string,
  tagOrDigest: string,
  signal: AbortSignal,
): Promise<Authorization> {
  await fetchDocument(deps, endpoint, repository, tagOrDigest, signal);
  deps.circuit.succeeded();
  const shown = deps.logins.shown(endpoint.url, repositoryAt(endpoint, repository));
  if (shown === undefined) return { kind: "none" };
  const [scheme, token = ""] = shown.authorization.split(" ");
  if (scheme !== "Bearer") return { kind: "login" };
  return { kind: "token", credential: accessTokenCredential(token), expiresAt: shown.expiresAt };
}
