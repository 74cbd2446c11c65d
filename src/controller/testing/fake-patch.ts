import type { ApiRequest } from "../kube/api-access.ts";
import { isRecord, type KubeObject } from "../kube/kube-object.ts";

type Fields = Readonly<Record<string, unknown>>;
type Next = KubeObject | (Fields & { readonly metadata: Fields & { readonly name: string } });

/** What a write makes of an object, or the code of its refusal. */
export function patched(
  known: KubeObject | undefined,
  { method, contentType, body }: ApiRequest,
  name: string,
  subresource: string | undefined,
): Next | number {
  if (!isRecord(body)) return 422;
  const given = isRecord(body["metadata"]) ? body["metadata"] : {};
  if (known === undefined) return { ...body, metadata: { ...given, name } };
  const version = given["resourceVersion"];
  if (version !== undefined && version !== known.metadata.resourceVersion) return 409;
  const wanted = wantedOf(known, method, contentType, body);
  if (wanted === undefined) return 415;
  // Status is written through its own path alone, and nothing else by way of it.
  if (subresource === "status") return { ...known, status: wanted["status"] };
  const metadata = { ...(isRecord(wanted["metadata"]) ? wanted["metadata"] : {}), name };
  const { status: _, ...rest } = wanted;
  const status = "status" in known ? { status: known["status"] } : {};
  const namespace = known.metadata.namespace;
  const kept = { ...metadata, ...(namespace !== undefined && { namespace }) };
  return { ...rest, ...status, metadata: kept };
}

function wantedOf(
  known: KubeObject,
  method: string,
  contentType: string | undefined,
  body: Fields,
): Fields | undefined {
  if (method === "PUT") return body;
  if (contentType === "application/merge-patch+json") return merged(known, body);
  // With one manager that always sends all that it wants, apply puts its fields in the place of those before.
  if (contentType === "application/apply-patch+yaml") {
    return { ...known, ...body, metadata: merged({ ...known.metadata }, { ...metadataOf(body) }) };
  }
  return undefined;
}

const metadataOf = (body: Fields): Fields => (isRecord(body["metadata"]) ? body["metadata"] : {});

/** RFC 7396. */
function merged(target: Fields, patch: Fields): Fields {
  const changed = Object.entries(patch).flatMap(([key, value]): [string, unknown][] => {
    if (value === null) return [];
    if (!isRecord(value)) return [[key, value]];
    const old = target[key];
    return [[key, merged(isRecord(old) ? old : {}, value)]];
  });
  const kept = Object.entries(target).filter(([key]) => !(key in patch));
  return Object.fromEntries([...kept, ...changed]);
}
