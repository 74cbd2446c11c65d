import { type KubeObject, keyOf, type ObjectKey } from "./kube-object.ts";
import { isNewer } from "./resource-version.ts";

/** An object that another replaced under its name is deleted, and the other added. */
export type Change =
  | { readonly type: "added"; readonly key: ObjectKey; readonly object: KubeObject }
  | {
      readonly type: "updated";
      readonly key: ObjectKey;
      readonly object: KubeObject;
      readonly previous: KubeObject;
    }
  | { readonly type: "deleted"; readonly key: ObjectKey; readonly previous: KubeObject };

export type ObjectReader = {
  get(key: ObjectKey): KubeObject | undefined;
  values(): IterableIterator<KubeObject>;
  readonly size: number;
};

const MAX_DELETED = 10_000;

/** The objects of one kind as a watch tells of them, also when it tells twice, or in the wrong order. */
export class ObjectCache implements ObjectReader {
  #objects = new Map<ObjectKey, KubeObject>();
  /** Versions at which objects went, so that older news of them does not bring them back. */
  readonly #deleted = new Map<ObjectKey, string>();
  /** All that happened up to this version is known. */
  #floor = "0";

  get size(): number {
    return this.#objects.size;
  }

  get(key: ObjectKey): KubeObject | undefined {
    return this.#objects.get(key);
  }

  values(): IterableIterator<KubeObject> {
    return this.#objects.values();
  }

  /** Everything there is now, whatever was known before. */
  replace(objects: Iterable<KubeObject>, resourceVersion: string): Change[] {
    const known = this.#objects;
    this.#objects = new Map([...objects].map((object) => [keyOf(object), object]));
    this.#floor = resourceVersion;
    this.#deleted.clear();
    const gone = [...known].flatMap(([key, previous]): Change[] =>
      this.#objects.has(key) ? [] : [{ type: "deleted", key, previous }],
    );
    const come = [...this.#objects].flatMap(([key, object]) =>
      changesTo(key, object, known.get(key)),
    );
    return [...gone, ...come];
  }

  put(object: KubeObject): Change[] {
    const key = keyOf(object);
    const { resourceVersion } = object.metadata;
    const previous = this.#objects.get(key);
    const seen = previous?.metadata.resourceVersion ?? this.#deleted.get(key) ?? this.#floor;
    if (!isNewer(resourceVersion, seen)) return [];
    this.#deleted.delete(key);
    this.#objects.set(key, object);
    return changesTo(key, object, previous);
  }

  delete(object: KubeObject): Change[] {
    const key = keyOf(object);
    const { resourceVersion } = object.metadata;
    const previous = this.#objects.get(key);
    if (previous === undefined) {
      this.#remember(key, resourceVersion);
      return [];
    }
    if (isNewer(previous.metadata.resourceVersion, resourceVersion)) return [];
    this.#objects.delete(key);
    this.#remember(key, resourceVersion);
    return [{ type: "deleted", key, previous }];
  }

  /** The server says that it has told all that happened up to this version. */
  bookmark(resourceVersion: string): void {
    if (!isNewer(resourceVersion, this.#floor)) return;
    this.#floor = resourceVersion;
    for (const [key, version] of this.#deleted) {
      if (!isNewer(version, resourceVersion)) this.#deleted.delete(key);
    }
  }

  #remember(key: ObjectKey, version: string): void {
    const known = this.#deleted.get(key) ?? this.#floor;
    if (!isNewer(version, known)) return;
    this.#deleted.delete(key);
    this.#deleted.set(key, version);
    if (this.#deleted.size <= MAX_DELETED) return;
    for (const [oldest] of this.#deleted.entries().take(1)) this.#deleted.delete(oldest);
  }
}

function changesTo(key: ObjectKey, object: KubeObject, previous: KubeObject | undefined): Change[] {
  if (previous === undefined) return [{ type: "added", key, object }];
  if (previous.metadata.uid !== object.metadata.uid) {
    return [
      { type: "deleted", key, previous },
      { type: "added", key, object },
    ];
  }
  const isSame = previous.metadata.resourceVersion === object.metadata.resourceVersion;
  return isSame ? [] : [{ type: "updated", key, object, previous }];
}
