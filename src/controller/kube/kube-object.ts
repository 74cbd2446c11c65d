export type ObjectMeta = {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
};

/** Any object of the API. Only the metadata has been looked at. */
export type KubeObject = { readonly metadata: ObjectMeta; readonly [field: string]: unknown };

/** `namespace/name`, or the name alone where the kind has no namespaces. */
export type ObjectKey = string;

export const keyOf = ({ metadata }: KubeObject): ObjectKey =>
  metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Undefined for what cannot be an object. Who owns which field is left out: nobody here reads it, and it is long. */
export function parseObject(value: unknown): KubeObject | undefined {
  if (!isRecord(value) || !isRecord(value["metadata"])) return undefined;
  const { managedFields: _, ...metadata } = value["metadata"];
  return isMeta(metadata) ? { ...value, metadata } : undefined;
}

const isMeta = (meta: Readonly<Record<string, unknown>>): meta is ObjectMeta =>
  typeof meta["name"] === "string" &&
  typeof meta["uid"] === "string" &&
  typeof meta["resourceVersion"] === "string" &&
  (meta["namespace"] === undefined || typeof meta["namespace"] === "string");
