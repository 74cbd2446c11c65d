import type { LoadState } from "./load-state.ts";
import type { NamedImage } from "./runtime-helper.ts";

type Image = { readonly wanted: NamedImage & { readonly pin: boolean }; readonly state: LoadState };

/** Those whose names should all be pinned, and are not. */
export function unpinned<One extends Image>(
  images: readonly One[],
  pinned: readonly NamedImage[],
): readonly One[] {
  const has = pinnedNames(pinned);
  return images.filter(
    ({ wanted }) => wanted.pin && wanted.names.some((name) => !has.has(`${name} ${wanted.digest}`)),
  );
}

/** What is pinned and no image wants. */
export function stalePins(
  images: readonly Image[],
  pinned: readonly NamedImage[],
): readonly NamedImage[] {
  const wanted = pinnedNames(images.filter((each) => each.wanted.pin).map((each) => each.wanted));
  return pinned.filter(({ digest, names }) =>
    names.every((name) => !wanted.has(`${name} ${digest}`)),
  );
}

/** Together with what they stand for. */
const pinnedNames = (images: readonly NamedImage[]): ReadonlySet<string> =>
  new Set(images.flatMap(({ digest, names }) => names.map((name) => `${name} ${digest}`)));
