import { type ServiceError, status } from "@grpc/grpc-js";
import { LEADER_TRAILER } from "../../api/index.ts";

/** How a try with one controller ended. */
export type Answer =
  /** It does not lead, and names the one that does if it knows. */
  | { readonly kind: "elsewhere"; readonly leader?: string }
  /** It leads, and does not want this agent as it is. */
  | { readonly kind: "refused"; readonly error: Error }
  /** It could not be asked, or has no answer now. */
  | { readonly kind: "away"; readonly error: Error };

/** An address and nothing else: a name would be looked up, and gRPC knows more kinds of targets. */
const IP_AND_PORT = /^(?:[0-9.]+|\[[0-9a-fA-F:.]+\]):\d{1,5}$/;

const REFUSALS: ReadonlySet<unknown> = new Set([
  status.UNAUTHENTICATED,
  status.PERMISSION_DENIED,
  status.INVALID_ARGUMENT,
  status.RESOURCE_EXHAUSTED,
  status.ABORTED,
]);

export function answerOf(thrown: unknown): Answer {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (!isServiceError(error)) return { kind: "away", error };
  if (error.code === status.FAILED_PRECONDITION) {
    const [leader] = error.metadata?.get(LEADER_TRAILER) ?? [];
    const isAddress = typeof leader === "string" && IP_AND_PORT.test(leader);
    return isAddress ? { kind: "elsewhere", leader } : { kind: "elsewhere" };
  }
  return { kind: REFUSALS.has(error.code) ? "refused" : "away", error };
}

const isServiceError = (error: Error): error is ServiceError =>
  "code" in error && typeof error.code === "number" && "details" in error;
