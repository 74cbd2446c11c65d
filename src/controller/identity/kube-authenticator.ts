import { SESSION_AUDIENCE } from "../../api/index.ts";
import type { Clock } from "../../runtime/index.ts";
import type { ApiAccess } from "../kube/api-access.ts";
import { createApiClient } from "../kube/api-client.ts";
import { ApiError } from "../kube/api-error.ts";
import { isRecord } from "../kube/kube-object.ts";
import { readJson, readStatus } from "../kube/reply-body.ts";
import { type Authenticator, createAuthenticator } from "./authenticator.ts";
import type { AgentPods } from "./token-review.ts";

const PODS = { group: "", version: "v1", plural: "pods" };
const REVIEWS = "/apis/authentication.k8s.io/v1/tokenreviews";
const TIMEOUT_MS = 10_000;
const MAX_REVIEW_BYTES = 256 * 1024;

/** Knows agents by what the API server says of their tokens and pods. */
export function createKubeAuthenticator(
  access: ApiAccess,
  ours: AgentPods,
  clock: Clock,
): Authenticator {
  const client = createApiClient(access);
  return createAuthenticator({
    ours,
    clock,
    reviewToken: (token, signal) => reviewToken(access, token, signal),
    findPod: (name, signal) => client.get(PODS, { namespace: ours.namespace, name }, signal),
  });
}

/** A TokenReview is answered at once, and is no object that stays. */
async function reviewToken(
  access: ApiAccess,
  token: string,
  signal: AbortSignal,
): Promise<unknown> {
  const body = {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenReview",
    spec: { token, audiences: [SESSION_AUDIENCE] },
  };
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const reply = await access.send({ method: "POST", path: REVIEWS, body }, limit);
  if (reply.status >= 300) throw new ApiError(`POST ${REVIEWS}`, await readStatus(reply));
  const answer = await readJson(reply, MAX_REVIEW_BYTES);
  return isRecord(answer) ? answer["status"] : undefined;
}
