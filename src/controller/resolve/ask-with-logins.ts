import {
  type Digest,
  formatReference,
  isTurnedAway,
  type Reference,
  type Registry,
  type RegistryClient,
} from "../../oci/index.ts";
import { type Failure, failureOf, isAboutAccess, refusalOf } from "./failure.ts";
import { type Login, type LoginSources, type ObjectGetter, readPullLogins } from "./pull-logins.ts";

export type ResolveDeps = {
  readonly registries: Pick<RegistryClient, "registry">;
  readonly objects: ObjectGetter;
  /** For one platform; a larger image is refused. */
  readonly largestImageBytes: number;
  /** For all that one image takes, so that a slow registry does not hold up the others for long. */
  readonly timeoutMs: number;
};

/** An image, and where the logins for it stand. */
export type ImageSource = LoginSources & {
  readonly reference: Reference;
  /** What the reference was found to name before, and is to name still. */
  readonly pinned?: Digest;
};

export const tagOrDigestOf = ({ pinned, reference }: ImageSource): string =>
  pinned ?? reference.digest ?? reference.tag ?? "latest";

export type Asked<Value> =
  /** `login` is undefined where the registry gives to anybody. */
  | { readonly state: "done"; readonly value: Value; readonly login: Login | undefined }
  | ({ readonly state: "failed" } & Failure);

type Ask<Value> = (registry: Registry, signal: AbortSignal) => Promise<Value>;

/**
 * Asks a registry as nobody, and then with one login of the distribution after another until one is let in. Secrets are
 * read only where the registry does not give to anybody.
 * @throws where the API server does not answer, or the signal's reason
 */
export async function askWithLogins<Value>(
  deps: ResolveDeps,
  source: ImageSource,
  signal: AbortSignal,
  ask: Ask<Value>,
): Promise<Asked<Value>> {
  const { reference, imagePullSecrets, serviceAccountName } = source;
  const timeout = AbortSignal.timeout(deps.timeoutMs);
  const inTime = AbortSignal.any([signal, timeout]);
  const askAs = (login?: Login) => askOnce(deps, reference, ask, login, inTime);
  try {
    let last = await askAs();
    if (last.state !== "refused") return last;
    const found = await readPullLogins(deps.objects, source, reference, inTime);
    for (const login of found.logins) {
      const asked = await askAs(login);
      if (asked.state !== "refused") return asked;
      last = asked;
    }
    const namesAny = imagePullSecrets.length > 0 || serviceAccountName !== undefined;
    return { state: "failed", ...refusalOf(last.failure, reference, { ...found, namesAny }) };
  } catch (error) {
    if (signal.aborted || !timeout.aborted) throw error;
    return tooSlow(reference, deps.timeoutMs);
  }
}

/** `refused`: a login, or another one, may help. */
type Answer<Value> = Asked<Value> | { readonly state: "refused"; readonly failure: Failure };

async function askOnce<Value>(
  { registries }: ResolveDeps,
  reference: Reference,
  ask: Ask<Value>,
  login: Login | undefined,
  signal: AbortSignal,
): Promise<Answer<Value>> {
  const registry = registries.registry(reference.host, login?.credential);
  try {
    return { state: "done", value: await ask(registry, signal), login };
  } catch (error) {
    const failure = failureOf(reference, error);
    if (failure === undefined) throw error;
    // Who has logged in may ask more often than others.
    const isRefused = isAboutAccess(failure) || isTurnedAway(error);
    return isRefused ? { state: "refused", failure } : { state: "failed", ...failure };
  }
}

const tooSlow = (reference: Reference, timeoutMs: number) =>
  ({
    state: "failed",
    reason: "RegistryUnavailable",
    message: `could not resolve ${formatReference(reference)} within ${Math.ceil(timeoutMs / 1_000)} s: ${reference.host} is too slow: it is asked again later`,
  }) as const;
