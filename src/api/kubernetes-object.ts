/** What we read of an object's metadata. Everything that the API server always gives is required. */
export type ObjectMeta = {
  readonly name: string;
  /** Absent on objects of the whole cluster. */
  readonly namespace?: string;
  readonly uid: string;
  /** To be compared for equality only. */
  readonly resourceVersion: string;
  /** Higher by one with each change of the spec; absent on kinds that do not count. */
  readonly generation?: number;
  /** RFC 3339. */
  readonly creationTimestamp: string;
  /** RFC 3339; there once the object is being deleted. */
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
};

export type OwnerReference = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
};

/** An object as the API server gives it. */
export type KubernetesObject<ApiVersion extends string = string, Kind extends string = string> = {
  readonly apiVersion: ApiVersion;
  readonly kind: Kind;
  readonly metadata: ObjectMeta;
};
