import type { RegistryCredential } from "../../api/index.ts";
import type { Authorization } from "../../oci/index.ts";
import {
  askWithLogins,
  type ImageSource,
  type ResolveDeps,
  tagOrDigestOf,
} from "./ask-with-logins.ts";
import type { Failure } from "./failure.ts";
import type { Login } from "./pull-logins.ts";

export type Crediting =
  | { readonly state: "done"; readonly credential: RegistryCredential }
  | ({ readonly state: "failed" } & Failure);

/**
 * What a seeder is to show the registry: a new token for pulls from that repository, or the login itself where no service
 * gives tokens, or nothing where the registry gives to anybody. The secrets are read anew: nothing of them stays here.
 * @throws where the API server does not answer, or the signal's reason
 */
export async function pullCredential(
  deps: ResolveDeps,
  source: ImageSource,
  signal: AbortSignal,
): Promise<Crediting> {
  const { host, repository } = source.reference;
  const asked = await askWithLogins(deps, source, signal, (registry, inTime) =>
    registry.authorize(repository, tagOrDigestOf(source), inTime),
  );
  if (asked.state === "failed") return asked;
  return { state: "done", credential: { host, repository, ...shown(asked.value, asked.login) } };
}

function shown(
  authorization: Authorization,
  login: Login | undefined,
): Pick<RegistryCredential, "login" | "expiresAtMs"> {
  if (authorization.kind === "token") {
    const { credential, expiresAt } = authorization;
    return { login: { bearerToken: credential.token }, expiresAtMs: expiresAt };
  }
  if (authorization.kind === "none" || login?.credential.kind !== "basic")
    return { expiresAtMs: 0 };
  const { username, password } = login.credential;
  return { login: { basic: { username, password } }, expiresAtMs: 0 };
}
