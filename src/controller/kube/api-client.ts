import type { ApiAccess, ApiReply, ApiRequest } from "./api-access.ts";
import { ApiError } from "./api-error.ts";
import { type KubeObject, parseObject } from "./kube-object.ts";
import { readJson, readStatus } from "./reply-body.ts";
import { type Place, type Resource, resourcePath } from "./resource.ts";

const MAX_OBJECT_BYTES = 8 * 1024 * 1024;
const TIMEOUT_MS = 30_000;

/** What is sent: whatever the kind wants, less what the server fills in. */
export type ObjectDraft = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
};

/** One request at a time, to one object each. All throw ApiError where the server refuses. */
export type ApiClient = {
  /** Undefined where there is none. */
  get(resource: Resource, place: Place, signal: AbortSignal): Promise<KubeObject | undefined>;
  create(
    resource: Resource,
    place: Place,
    draft: ObjectDraft,
    signal: AbortSignal,
  ): Promise<KubeObject>;
  /** 409 where the object has changed since the version in the draft. */
  replace(
    resource: Resource,
    place: Place,
    draft: ObjectDraft,
    signal: AbortSignal,
  ): Promise<KubeObject>;
  /** Server-side apply: the fields of the draft become the manager's, those that it left out and had before go. */
  apply(
    resource: Resource,
    place: Place,
    draft: ObjectDraft,
    manager: string,
    signal: AbortSignal,
  ): Promise<KubeObject>;
  /** RFC 7396. */
  mergePatch(
    resource: Resource,
    place: Place,
    patch: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<KubeObject>;
  /** True where there was one. */
  delete(resource: Resource, place: Place, signal: AbortSignal): Promise<boolean>;
};

export function createApiClient(access: ApiAccess): ApiClient {
  const ask = async (request: ApiRequest, signal: AbortSignal): Promise<KubeObject> => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const reply = await access.send(request, limit);
    if (reply.status >= 300) throw await refusal(request, reply);
    const object = parseObject(await readJson(reply, MAX_OBJECT_BYTES));
    if (object === undefined) throw new Error(`${actOf(request)}: the answer is no object`);
    return object;
  };
  return {
    async get(resource, place, signal) {
      const request: ApiRequest = { method: "GET", path: resourcePath(resource, place) };
      return await orUndefined(ask(request, signal));
    },
    create: (resource, place, body, signal) =>
      ask({ method: "POST", path: resourcePath(resource, place), body }, signal),
    replace: (resource, place, body, signal) =>
      ask({ method: "PUT", path: resourcePath(resource, place), body }, signal),
    apply: (resource, place, body, fieldManager, signal) =>
      ask(
        {
          method: "PATCH",
          path: resourcePath(resource, place),
          query: { fieldManager, force: "true" },
          // JSON is YAML too.
          contentType: "application/apply-patch+yaml",
          body,
        },
        signal,
      ),
    mergePatch: (resource, place, body, signal) =>
      ask(
        {
          method: "PATCH",
          path: resourcePath(resource, place),
          contentType: "application/merge-patch+json",
          body,
        },
        signal,
      ),
    delete: (resource, place, signal) => remove(access, resourcePath(resource, place), signal),
  };
}

async function remove(access: ApiAccess, path: string, signal: AbortSignal): Promise<boolean> {
  const request: ApiRequest = { method: "DELETE", path };
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const reply = await access.send(request, limit);
  if (reply.status === 404) return false;
  if (reply.status >= 300) throw await refusal(request, reply);
  // Some kinds answer with the object, others with a Status: neither is of use.
  await readJson(reply, MAX_OBJECT_BYTES);
  return true;
}

const actOf = ({ method, path }: ApiRequest) => `${method} ${path}`;

const refusal = async (request: ApiRequest, reply: ApiReply) =>
  new ApiError(actOf(request), await readStatus(reply));

async function orUndefined(asked: Promise<KubeObject>): Promise<KubeObject | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return undefined;
    throw error;
  }
}
