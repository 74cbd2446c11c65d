import { swarmName } from "../../bt/index.ts";
import { hexOf } from "../../oci/index.ts";
import type { ResolvedImage } from "../decide/world.ts";

/** The swarms of the layers that distributions want, by the names under which agents announce them. */
export class AdmittedSwarms {
  /** By distribution. */
  readonly #names = new Map<string, ReadonlySet<string>>();
  /** By swarm: how many distributions want its layer. */
  readonly #wanted = new Map<string, number>();
  /** Distributions that an earlier leader has begun with, and whose layers this one has yet to find out. */
  readonly #unknown = new Set<string>();

  expect(key: string): void {
    this.#unknown.add(key);
  }

  /** The distribution wants this image, and no other that it wanted before. */
  set(key: string, { platforms }: Pick<ResolvedImage, "platforms">): void {
    this.delete(key);
    const layers = platforms.flatMap(({ layers }) => layers);
    const names = layers.map(({ digest, size }) => swarmName({ name: hexOf(digest), size }));
    this.#names.set(key, new Set(names));
    for (const name of new Set(names)) this.#wanted.set(name, (this.#wanted.get(name) ?? 0) + 1);
  }

  /** The distribution is no more. */
  delete(key: string): void {
    this.#unknown.delete(key);
    for (const name of this.#names.get(key) ?? []) {
      const left = (this.#wanted.get(name) ?? 0) - 1;
      if (left > 0) this.#wanted.set(name, left);
      else this.#wanted.delete(name);
    }
    this.#names.delete(key);
  }

  /** While layers are unknown that nodes may be bringing already, every swarm is admitted: none of those may end. */
  has(name: string): boolean {
    return this.#unknown.size > 0 || this.#wanted.has(name);
  }
}
