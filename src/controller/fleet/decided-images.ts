import type { ImageDistributionSpec } from "../../api/index.ts";
import type { Digest } from "../../oci/index.ts";
import type { ResolvedImage } from "../decide/world.ts";

export type DecidedImage = { readonly spec: ImageDistributionSpec; readonly image: ResolvedImage };

const NOBODY: ReadonlySet<string> = new Set();

/** The image of each distribution about which something was decided, and which distributions want a layer. */
export class DecidedImages {
  readonly #images = new Map<string, DecidedImage>();
  /** By layer: distributions. */
  readonly #wanting = new Map<Digest, Set<string>>();

  get(key: string): DecidedImage | undefined {
    return this.#images.get(key);
  }

  has(key: string): boolean {
    return this.#images.has(key);
  }

  set(key: string, decided: DecidedImage): void {
    this.delete(key);
    this.#images.set(key, decided);
    for (const digest of digestsOf(decided)) {
      this.#wanting.set(digest, (this.#wanting.get(digest) ?? new Set()).add(key));
    }
  }

  delete(key: string): void {
    for (const digest of digestsOf(this.#images.get(key))) {
      const keys = this.#wanting.get(digest);
      keys?.delete(key);
      if (keys?.size === 0) this.#wanting.delete(digest);
    }
    this.#images.delete(key);
  }

  /** Distributions that want the layer. */
  wanting(digest: Digest): ReadonlySet<string> {
    return this.#wanting.get(digest) ?? NOBODY;
  }

  /** Other distributions that want a layer which this one wants too. */
  sharing(key: string): ReadonlySet<string> {
    const digests = digestsOf(this.#images.get(key));
    const sharers = new Set(digests.flatMap((digest) => [...this.wanting(digest)]));
    sharers.delete(key);
    return sharers;
  }
}

const digestsOf = (decided: DecidedImage | undefined): readonly Digest[] =>
  decided?.image.platforms.flatMap(({ layers }) => layers.map(({ digest }) => digest)) ?? [];
