import type { ResolutionFailure } from "../../api/index.ts";
import { formatReference, OciError, type OciErrorCode, type Reference } from "../../oci/index.ts";
import type { Login, LoginProblem } from "./pull-logins.ts";
import { ResolutionError } from "./resolution-error.ts";

/** As the condition Resolved tells it. */
export type Failure = { readonly reason: ResolutionFailure; readonly message: string };

const REASONS: Partial<Readonly<Record<OciErrorCode, ResolutionFailure>>> = {
  REGISTRY_UNAUTHORIZED: "Unauthorized",
  REGISTRY_FORBIDDEN: "RegistryForbidden",
  REGISTRY_NOT_FOUND: "NotFound",
  REGISTRY_UNAVAILABLE: "RegistryUnavailable",
  REGISTRY_PROTOCOL: "RegistryUnavailable",
  REGISTRY_TLS_VERIFY_FAILED: "TLSVerifyFailed",
  // Whatever it is, no platform can run it.
  PLATFORM_MISSING: "PlatformMissing",
  MANIFEST_INVALID: "PlatformMissing",
  UNSUPPORTED: "PlatformMissing",
};

/** What to say of an error; undefined where it is none of the image or its registry. */
export function failureOf(reference: Reference, error: unknown): Failure | undefined {
  if (error instanceof ResolutionError) return { reason: error.reason, message: error.message };
  if (!(error instanceof OciError)) return undefined;
  const reason = REASONS[error.code];
  if (reason === undefined) return undefined;
  const { message } = error;
  // Some of these name a digest, or nothing.
  const isWhole = message.startsWith("could not fetch ");
  return {
    reason,
    message: isWhole ? message : `could not resolve ${formatReference(reference)}: ${message}`,
  };
}

/** Whether a login, or another one, may change it: some registries deny that there is what they do not show. */
export const isAboutAccess = ({ reason }: Failure): boolean =>
  reason === "Unauthorized" || reason === "RegistryForbidden" || reason === "NotFound";

/** What was tried to get in. */
export type Tried = {
  readonly logins: readonly Login[];
  readonly problems: readonly LoginProblem[];
  /** Whether the distribution names any secret or service account. */
  readonly namesAny: boolean;
};

/** What to say when nobody was let in: the last answer, and where the logins came from or are missing. */
export function refusalOf(
  { reason, message: said }: Failure,
  reference: Reference,
  tried: Tried,
): Failure {
  const { logins, problems, namesAny } = tried;
  const sentences = problems.map(({ sentence }) => sentence).join("; ");
  const besides = sentences === "" ? "" : `; and ${sentences}`;
  if (logins.length > 0) {
    const from = [...new Set(logins.map(({ from }) => from))].join(", ");
    return { reason, message: `${said}; tried was the login of ${from}${besides}` };
  }
  if (!namesAny) return { reason, message: said };
  if (reason !== "Unauthorized" && reason !== "RegistryForbidden") {
    return { reason, message: `${said}${besides}` };
  }
  const message = `could not fetch ${formatReference(reference)}: the registry wants a login, and `;
  if (problems.length > 0) return { reason: reasonOf(problems), message: message + sentences };
  return {
    reason,
    message: `${message}no secret of the distribution has one for ${reference.host}`,
  };
}

function reasonOf(problems: readonly LoginProblem[]): ResolutionFailure {
  const kinds = new Set(problems.map(({ kind }) => kind));
  if (kinds.has("forbidden")) return "SecretForbidden";
  return kinds.has("notFound") ? "SecretNotFound" : "Unauthorized";
}
