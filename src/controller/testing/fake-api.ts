import { type Clock, systemClock } from "../../runtime/index.ts";
import type { ApiAccess, ApiReply, ApiRequest } from "../kube/api-access.ts";
import { isRecord } from "../kube/kube-object.ts";
import { Faults } from "./fake-fault.ts";
import { patched } from "./fake-patch.ts";
import { FakeStore } from "./fake-store.ts";
import { type Delivery, watchBody } from "./fake-watch.ts";

export type AskedRequest = ApiRequest & { readonly at: number };

export type FakeApi = ApiAccess & {
  readonly store: FakeStore;
  readonly faults: Faults;
  /** What was asked, in order, and when by its clock. */
  readonly requests: AskedRequest[];
  /** How watches are delivered from now on. */
  delivery: Delivery;
  /** False: as a server on an etcd that cannot stream what there is. */
  streams: boolean;
};

/**
 * As much of an API server as the controller asks for, in memory, with any kind of object and no schema: for faults that
 * a real one cannot be made to have. Held to one contract with the real one.
 */
export function createFakeApi(clock: Clock = systemClock): FakeApi {
  const store = new FakeStore();
  const faults = new Faults();
  const requests: AskedRequest[] = [];
  const api: FakeApi = {
    store,
    faults,
    requests,
    delivery: {},
    streams: true,
    async send(request, signal) {
      signal.throwIfAborted();
      requests.push({ ...request, at: clock.now() });
      const fault = faults.take(request);
      switch (fault?.kind) {
        case "refuse":
          return refusal(fault.code, fault.reason ?? "AsPlanned", fault.headers);
        case "drop":
          throw new Error("the connection broke, as planned");
        case "dropAnswer":
          answer(store, request);
          throw new Error("the connection broke, as planned");
        case "hang":
          return await new Promise((_, reject) => {
            signal.addEventListener("abort", () => reject(signal.reason), { once: true });
          });
        default:
      }
      if (request.query?.["watch"] !== "true") return answer(store, request);
      return answerWatch(api, request, { clock, signal }, fault);
    },
  };
  return api;
}

function answerWatch(
  api: FakeApi,
  { path, query = {} }: ApiRequest,
  deps: { clock: Clock; signal: AbortSignal },
  fault: Parameters<typeof watchBody>[3],
): ApiReply {
  const { store, faults, streams } = api;
  const isStream = query["sendInitialEvents"] === "true";
  if (isStream && !streams) return refusal(422, "Invalid");
  const from = isStream ? undefined : Number(query["resourceVersion"] ?? store.version);
  if (from !== undefined && from < store.compactedTo) return refusal(410, "Expired");
  const seconds = Number(query["timeoutSeconds"] ?? 1_800);
  const request = { collection: path, kind: KIND, from, timeoutMs: seconds * 1_000 };
  const body = watchBody(store, request, { ...deps, faults, delivery: () => api.delivery }, fault);
  return { status: 200, headers: {}, body };
}

const KIND = { apiVersion: "v1", kind: "Object" };

function answer(store: FakeStore, request: ApiRequest): ApiReply {
  const { method, path } = request;
  const { collection, name, subresource } = placeOf(path);
  if (name === undefined) {
    return method === "POST" ? create(store, path, request.body) : list(store, request);
  }
  const known = store.get(`${collection}/${name}`);
  if (known === undefined && !isApply(request)) return refusal(404, "NotFound");
  switch (method) {
    case "GET":
      return json(200, known);
    case "DELETE":
      store.delete(collection, name);
      return json(200, known);
    case "PUT":
    case "PATCH": {
      const next = patched(known, request, name, subresource);
      if (typeof next === "number") return refusal(next, next === 409 ? "Conflict" : "Invalid");
      if (known === undefined) return json(201, store.create(collection, next));
      return json(200, store.update(collection, next));
    }
    default:
      return refusal(405, "MethodNotAllowed");
  }
}

const isApply = ({ contentType, path }: ApiRequest) =>
  contentType === "application/apply-patch+yaml" && placeOf(path).subresource === undefined;

function create(store: FakeStore, collection: string, body: unknown): ApiReply {
  if (!isRecord(body) || !isRecord(body["metadata"])) return refusal(422, "Invalid");
  const { name } = body["metadata"];
  if (typeof name !== "string" || name === "") return refusal(422, "Invalid");
  if (store.get(`${collection}/${name}`) !== undefined) return refusal(409, "AlreadyExists");
  return json(201, store.create(collection, { ...body, metadata: { ...body["metadata"], name } }));
}

function list(store: FakeStore, { path, query = {} }: ApiRequest): ApiReply {
  const [version = `${store.version}`, from = "0"] = query["continue"]?.split(":") ?? [];
  // Older states are not kept: whoever reads page by page while others write begins anew.
  if (version !== `${store.version}`) return refusal(410, "Expired");
  const all = store.list(path);
  const end = Number(from) + Number(query["limit"] ?? all.length);
  const next = end < all.length ? { continue: `${version}:${end}` } : {};
  const metadata = { resourceVersion: version, ...next };
  return json(200, { ...KIND, metadata, items: all.slice(Number(from), end) });
}

/** /api/v1/… and /apis/GROUP/VERSION/…, with or without a namespace. */
function placeOf(path: string) {
  const parts = path.split("/").slice(1).map(decodeURIComponent);
  const root = parts[0] === "api" ? 2 : 3;
  const plural = parts[root] === "namespaces" && parts.length > root + 2 ? root + 2 : root;
  return {
    collection: `/${parts.slice(0, plural + 1).join("/")}`,
    name: parts[plural + 1],
    subresource: parts[plural + 2],
  };
}

const json = (status: number, value: unknown): ApiReply => ({
  status,
  headers: { "content-type": "application/json" },
  body: once(Buffer.from(JSON.stringify(value))),
});

const refusal = (
  code: number,
  reason: string,
  headers: Readonly<Record<string, string>> = {},
): ApiReply => ({
  ...json(code, { kind: "Status", status: "Failure", code, reason, message: "by the fake" }),
  headers,
});

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
