/** A kind of object as the API server's paths name it. */
export type Resource = {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** The plural, in lower case. */
  readonly plural: string;
};

export type Place = {
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
};

/** The path of one object, or of all in a namespace or in the cluster. */
export function resourcePath({ group, version, plural }: Resource, place: Place = {}): string {
  const { namespace, name, subresource } = place;
  const root = group === "" ? ["api", version] : ["apis", group, version];
  const within = namespace === undefined ? [] : ["namespaces", namespace];
  const one = [name, subresource].filter((part) => part !== undefined);
  return `/${[...root, ...within, plural, ...one].map(encodeURIComponent).join("/")}`;
}
