import type { Digest } from "../../api/index.ts";

type Held = ReadonlyMap<Digest, number>;

const NOBODY: ReadonlySet<string> = new Set();
const NOTHING: Held = new Map();

/** Which nodes hold a blob whole, so that nobody has to ask all sessions for each blob. In the order in which they came to hold it. */
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
