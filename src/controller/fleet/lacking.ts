/** Which nodes should have a distribution's image and do not. */
export class Lacking {
  /** By distribution. */
  readonly #nodes = new Map<string, ReadonlySet<string>>();

  /** What was decided last of a distribution. Answers with the nodes of which something else holds than before. */
  set(key: string, next: ReadonlySet<string>): string[] {
    const before = this.#nodes.get(key) ?? new Set<string>();
    if (next.size === 0) this.#nodes.delete(key);
    else this.#nodes.set(key, next);
    const names = new Set([...before, ...next]);
    return [...names].filter((node) => before.has(node) !== next.has(node));
  }

  /** The distributions whose images the node lacks: namespace/name/uid, in the order of these. */
  on(node: string): string[] {
    const lacked = [...this.#nodes].filter(([, nodes]) => nodes.has(node));
    return lacked.map(([key]) => key).sort();
  }
}
