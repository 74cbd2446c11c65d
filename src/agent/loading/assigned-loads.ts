import type { Assign } from "../../api/index.ts";
import { type BlobReader, parseReference } from "../../oci/index.ts";
import type { Bell } from "../bell.ts";
import type { AssignedImage } from "../cluster/assigned-image.ts";
import type { ImageLoader, Wanted } from "./image-loader.ts";
import type { LoadState } from "./load-state.ts";
import { type LoadableImage, namesOf, storedBlob } from "./loadable-image.ts";

export type AssignedLoad = {
  readonly assign: Assign;
  readonly image: AssignedImage;
  /** All of it is in the store. */
  readonly isStored: boolean;
};

/** Assignments as the loader knows images. */
export type AssignedLoads = {
  look(all: readonly AssignedLoad[]): void;
  /** By an assignment's key; undefined for what is not to be loaded. */
  state(key: string): LoadState | undefined;
  /** Rings whenever a state is another. */
  readonly changes: Bell;
};

export const assignedLoads = (
  loader: Pick<ImageLoader, "want" | "state" | "changes">,
  blobs: Pick<BlobReader, "open">,
): AssignedLoads => ({
  look: (all) =>
    loader.want(
      new Map(
        all
          .filter(({ assign }) => assign.load === "Always")
          .map((each) => [each.assign.key, wantedOf(each, blobs)]),
      ),
    ),
  state: loader.state,
  changes: loader.changes,
});

function wantedOf(
  { assign, image, isStored }: AssignedLoad,
  blobs: Pick<BlobReader, "open">,
): Wanted {
  const { digest } = image.top;
  return {
    digest,
    names: namesOf(parseReference(assign.reference), digest),
    pin: assign.pin === "WhileWanted",
    image: isStored ? loadable(assign, image, blobs) : undefined,
  };
}

function loadable(
  assign: Assign,
  { top, manifest, documents }: AssignedImage,
  blobs: Pick<BlobReader, "open">,
): LoadableImage {
  const described = top.digest === manifest.digest ? [top] : [top, manifest];
  return {
    digest: top.digest,
    documents: described.flatMap((descriptor) => {
      const bytes = documents.get(descriptor.digest);
      return bytes === undefined ? [] : [{ descriptor, bytes }];
    }),
    content: new Map(assign.blobs.map((blob) => [blob.digest, storedBlob(blobs, blob)])),
  };
}
