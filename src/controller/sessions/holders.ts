import type { Digest } from "../../api/index.ts";

/** What a node holds, by digest. */
type Held = ReadonlyMap<Digest, unknown>;

const NOBODY: ReadonlySet<string> = new Set();
const NOTHING: Held = new Map();

/** Which nodes hold a blob, so that nobody has to ask all sessions for each blob. In the order in which they came to hold it. */
export class Holders {
  readonly #nodes = new Map<Digest, Set<string>>();

  of(digest: Digest): ReadonlySet<string> {
    return this.#nodes.get(digest) ?? NOBODY;
  }

  /** The node held one thing, and holds another now. */
  change(node: string, before: Held = NOTHING, after: Held = NOTHING): void {
    if (before === after) return;
    for (const digest of before.keys()) if (!after.has(digest)) this.#remove(node, digest);
    for (const digest of after.keys()) if (!before.has(digest)) this.#add(node, digest);
  }

  /** The same, where nothing but this blob may have come or gone, and the oldest have made room for it. */
  changeOne(node: string, digest: Digest, before: Held, after: Held): void {
    if (before === after) return;
    const [oldest = digest] = before.keys();
    if (!after.has(oldest)) this.#remove(node, oldest);
    if (after.has(digest)) this.#add(node, digest);
    else this.#remove(node, digest);
  }

  clear(): void {
    this.#nodes.clear();
  }

  #add(node: string, digest: Digest): void {
    const nodes = this.#nodes.get(digest) ?? new Set();
    this.#nodes.set(digest, nodes.add(node));
  }

  #remove(node: string, digest: Digest): void {
    const nodes = this.#nodes.get(digest);
    nodes?.delete(node);
    if (nodes?.size === 0) this.#nodes.delete(digest);
  }
}
