import type { WantedImage } from "../../api/index.ts";
import type { Assignments } from "../decide/assignments.ts";

/** As many as a NodeImageSet has room for. */
export const MOST_IMAGES = 256;

/** What every node is to hold, of all distributions together. */
export class NodeSets {
  /** By distribution. */
  readonly #assignments = new Map<string, Assignments>();
  /** By node, then by distribution. */
  readonly #nodes = new Map<string, Map<string, WantedImage>>();
  /** By node: the distributions for which it is a seeder. Of all nodes, they are few. */
  readonly #seeds = new Map<string, Set<string>>();

  /** What a distribution wants from now on. Answers with the nodes for which that is something else than before. */
  set(key: string, next: Assignments): string[] {
    const before = this.#assignments.get(key);
    const names = new Set([...(before?.keys() ?? []), ...next.keys()]);
    if (next.size === 0) this.#assignments.delete(key);
    else this.#assignments.set(key, next);
    return [...names].filter((node) => this.#put(node, key, next.get(node)));
  }

  of(key: string): Assignments {
    return this.#assignments.get(key) ?? new Map();
  }

  /** In the order of their keys, so that the same wants are the same text. */
  imagesOn(node: string): WantedImage[] {
    const images = [...(this.#nodes.get(node)?.values() ?? [])];
    return images.sort((a, b) => (a.key < b.key ? -1 : 1)).slice(0, MOST_IMAGES);
  }

  /** Nodes that have no room for one more, for a distribution that wants nothing there yet. */
  fullFor(key: string): Set<string> {
    const full = [...this.#nodes].filter(
      ([, images]) => images.size >= MOST_IMAGES && !images.has(key),
    );
    return new Set(full.map(([node]) => node));
  }

  /** For how many other distributions a node is a seeder. */
  seedsElsewhere(node: string, key: string): number {
    const seeds = this.#seeds.get(node);
    return seeds === undefined ? 0 : seeds.size - (seeds.has(key) ? 1 : 0);
  }

  keys(): IterableIterator<string> {
    return this.#assignments.keys();
  }

  #put(node: string, key: string, image: WantedImage | undefined): boolean {
    const images = this.#nodes.get(node) ?? new Map<string, WantedImage>();
    const before = images.get(key);
    if (image === undefined) images.delete(key);
    else images.set(key, image);
    if (images.size === 0) this.#nodes.delete(node);
    else this.#nodes.set(node, images);
    this.#noteSeeder(node, key, image?.role === "Seeder");
    return !isSame(before, image);
  }

  #noteSeeder(node: string, key: string, isSeeder: boolean): void {
    const seeds = this.#seeds.get(node) ?? new Set<string>();
    if (isSeeder) this.#seeds.set(node, seeds.add(key));
    else if (seeds.delete(key) && seeds.size === 0) this.#seeds.delete(node);
  }
}

const isSame = (a: WantedImage | undefined, b: WantedImage | undefined): boolean =>
  a?.revision === b?.revision && a?.priority === b?.priority && a?.image === b?.image;
