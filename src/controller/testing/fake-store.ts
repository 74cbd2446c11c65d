import type { KubeObject } from "../kube/kube-object.ts";

export type StoredObject = KubeObject;

export type StoreEvent = {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly version: number;
  /** The path of the collection that it is in: /api/v1/namespaces/NS/configmaps. */
  readonly collection: string;
  readonly object: StoredObject;
};

type Draft = {
  readonly metadata: { readonly name: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
};

/** Objects by path, and what happened to them: as much of etcd as a fake API server needs. */
export class FakeStore {
  readonly #objects = new Map<string, { collection: string; object: StoredObject }>();
  readonly #log: StoreEvent[] = [];
  readonly #listeners = new Set<() => void>();
  #version = 0;
  #compactedTo = 0;
  #uids = 0;

  get version(): number {
    return this.#version;
  }

  get compactedTo(): number {
    return this.#compactedTo;
  }

  get(path: string): StoredObject | undefined {
    return this.#objects.get(path)?.object;
  }

  /** Those whose collection is the one named, or is that of any namespace where the name has none. */
  list(collection: string): StoredObject[] {
    return [...this.#objects.values()].flatMap((entry) =>
      isWithin(entry.collection, collection) ? [entry.object] : [],
    );
  }

  create(collection: string, draft: Draft): StoredObject {
    const namespace = /\/namespaces\/([^/]+)\//.exec(collection)?.[1];
    this.#uids += 1;
    const metadata = {
      ...draft.metadata,
      ...(namespace !== undefined && { namespace }),
      uid: `uid-${this.#uids}`,
      resourceVersion: this.#nextVersion(),
      creationTimestamp: "2030-01-01T00:00:00Z",
      generation: 1,
    };
    return this.#write("ADDED", collection, { ...draft, metadata });
  }

  /** What is the same writes nothing, as in etcd. */
  update(collection: string, draft: Draft): StoredObject {
    const old = this.#objects.get(`${collection}/${draft.metadata.name}`)?.object;
    if (old === undefined) throw new Error(`nothing to update: ${draft.metadata.name}`);
    const { uid, resourceVersion, creationTimestamp = "", generation = 1 } = old.metadata;
    const kept = { uid, resourceVersion, creationTimestamp, generation };
    const same: Draft = { ...draft, metadata: { ...draft.metadata, ...kept } };
    if (canonical(same) === canonical(old)) return old;
    const isNewSpec = canonical(same["spec"]) !== canonical(old["spec"]);
    const metadata = {
      ...same.metadata,
      ...kept,
      resourceVersion: this.#nextVersion(),
      generation: isNewSpec ? generation + 1 : generation,
    };
    return this.#write("MODIFIED", collection, { ...same, metadata });
  }

  delete(collection: string, name: string): StoredObject | undefined {
    const path = `${collection}/${name}`;
    const old = this.#objects.get(path)?.object;
    if (old === undefined) return undefined;
    const object = { ...old, metadata: { ...old.metadata, resourceVersion: this.#nextVersion() } };
    this.#objects.delete(path);
    this.#tell({ type: "DELETED", version: this.#version, collection, object });
    return object;
  }

  since(version: number, collection: string): StoreEvent[] {
    return this.#log.filter(
      (event) => event.version > version && isWithin(event.collection, collection),
    );
  }

  /** Forgets what happened up to now: who asks for changes since then is told 410. */
  compact(): void {
    this.#compactedTo = this.#version;
    this.#log.length = 0;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #nextVersion(): string {
    this.#version += 1;
    return `${this.#version}`;
  }

  #write(type: "ADDED" | "MODIFIED", collection: string, object: StoredObject): StoredObject {
    this.#objects.set(`${collection}/${object.metadata.name}`, { collection, object });
    this.#tell({ type, version: this.#version, collection, object });
    return object;
  }

  #tell(event: StoreEvent): void {
    this.#log.push(event);
    for (const listener of this.#listeners) listener();
  }
}

const isWithin = (own: string, asked: string): boolean =>
  own === asked || own.replace(/\/namespaces\/[^/]+/, "") === asked;

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
