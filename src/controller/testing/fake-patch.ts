import type { ApiRequest } from "../kube/api-access.ts";
import { isRecord, type KubeObject } from "../kube/kube-object.ts";

type Fields = Readonly<Record<string, unknown>>;
type Next = KubeObject | (Fields & { readonly metadata: Fields & { readonly name: string } });

/** What a write makes of an object, or the code of its refusal. */
export function patched(
  known: KubeObject | undefined,
  { method, contentType, query, body }: ApiRequest,
  name: string,
  subresource: string | undefined,
): Next | number {
  if (!isRecord(body)) return 422;
  const given = isRecord(body["metadata"]) ? body["metadata"] : {};
  if (known === undefined) return { ...body, metadata: { ...given, name } };
  const version = given["resourceVersion"];
  if (version !== undefined && version !== known.metadata.resourceVersion) return 409;
  const manager = query?.["fieldManager"] ?? "";
  const wanted = wantedOf(known, method, contentType, manager, body);
  if (wanted === undefined) return 415;
  // Status is written through its own path alone, and nothing else by way of it.
  if (subresource === "status") {
    const { managedFields } = metadataOf(wanted);
    const metadata = { ...known.metadata, ...(managedFields !== undefined && { managedFields }) };
    return { ...known, metadata, status: wanted["status"] };
  }
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
  manager: string,
  body: Fields,
): Fields | undefined {
  if (method === "PUT") return body;
  if (contentType === "application/merge-patch+json") return merged(known, body);
  // With one manager that always sends all that it wants, apply puts its fields in the place of those before.
  if (contentType === "application/apply-patch+yaml") {
    const metadata = merged({ ...known.metadata }, { ...metadataOf(body) });
    const conditions = conditionsOf(body);
    if (conditions.length === 0) return { ...known, ...body, metadata };
    return withConditions({ ...known, ...body, metadata }, known, manager, conditions);
  }
  return undefined;
}

type Owned = { readonly manager: string; readonly types: readonly unknown[] };

/** Conditions are a map by their type, in which each manager has its own: those that it says no longer go. */
function withConditions(
  next: Fields,
  known: KubeObject,
  manager: string,
  conditions: readonly Fields[],
): Fields {
  const types = conditions.map(({ type }) => type);
  const managed = (metadataOf(known)["managedFields"] ?? []) as readonly Owned[];
  const own = managed.find((each) => each.manager === manager)?.types ?? [];
  const kept = conditionsOf(known).filter(({ type }) => ![...types, ...own].includes(type));
  const others = managed.filter((each) => each.manager !== manager);
  return {
    ...next,
    metadata: { ...metadataOf(next), managedFields: [...others, { manager, types }] },
    status: { ...statusOf(known), ...statusOf(next), conditions: [...kept, ...conditions] },
  };
}

const statusOf = (object: Fields): Fields => (isRecord(object["status"]) ? object["status"] : {});
const conditionsOf = (object: Fields): readonly Fields[] => {
  const { conditions } = statusOf(object);
  return Array.isArray(conditions) ? conditions.filter(isRecord) : [];
};
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
