import { join, relative } from "node:path";
import type { BlobFiles } from "./blob-store.ts";
import type { Descriptor } from "./descriptor.ts";
import type { Digest } from "./digest.ts";
import { writeFailure } from "./durable-file.ts";
import { createInTurn } from "./in-turn.ts";
import {
  findLayouts,
  makeLayout,
  placeBlobs,
  readEntries,
  removeLayout,
  writeEntries,
} from "./layout-files.ts";
import { findEntry, type LayoutEntry, withEntry, withoutEntry } from "./layout-index.ts";
import { layoutPath } from "./layout-path.ts";
import { formatReference, type Reference } from "./reference.ts";

/** An image that a layout lists: `descriptor` is what its tag names, the index if there is one. */
export type StoredImage = { readonly reference: Reference; readonly descriptor: Descriptor };

/**
 * The images on disk as OCI image layouts (OCI image spec, image-layout.md), one a repository, which other tools read:
 * `skopeo inspect oci:<directory>:<tag>`. Docker's documents stay docker's, so that no digest changes; skopeo, of all
 * tools, looks for none of those in a layout.
 */
export interface ImageLayouts {
  directory(reference: Reference): string;
  /**
   * Lists the image under its reference, with these blobs of the store: its documents and what else is there of it.
   * Throws BLOB_MISSING, DISK_FULL, STORE_WRITE.
   */
  writeImage(reference: Reference, top: Descriptor, blobs: Iterable<Digest>): Promise<void>;
  /** Lists the image of exactly this reference no more; tells whether it did. Its blobs are left to the collector. */
  removeImage(reference: Reference): Promise<boolean>;
  /** The image of this reference, or else the one that its digest or tag means. */
  readImage(reference: Reference): Promise<StoredImage | undefined>;
  /** All images of all layouts that can be read. */
  listImages(): Promise<readonly StoredImage[]>;
}

/** What the garbage collector needs of the layouts besides. */
export interface LayoutKeeper {
  readonly root: string;
  layouts(): AsyncIterable<string>;
  /** The images of one layout while nobody writes it: `work` runs before the next write to the same layout. */
  inspect<T>(directory: string, work: (entries: readonly LayoutEntry[]) => Promise<T>): Promise<T>;
  /** Is told of every blob that a layout is given, until the function it returns is called. */
  onPlaced(listener: (digest: Digest) => void): () => void;
}

export type ImageLayoutsOptions = {
  /** The directory of all layouts. */
  readonly root: string;
  readonly blobs: BlobFiles;
  /** false: copies in the place of hard links. */
  readonly hardlink?: boolean;
};

export function createImageLayouts({
  root,
  blobs: store,
  hardlink = true,
}: ImageLayoutsOptions): ImageLayouts & LayoutKeeper {
  const inTurn = createInTurn();
  const listeners = new Set<(digest: Digest) => void>();
  const directoryOf = (reference: Reference): string => join(root, layoutPath(reference));
  const entriesOf = async (directory: string): Promise<readonly LayoutEntry[]> =>
    (await readEntries(directory)).map((entry) => atHome(entry, relative(root, directory)));

  async function write(
    reference: Reference,
    change: (entries: readonly LayoutEntry[], directory: string) => Promise<void>,
  ): Promise<void> {
    const directory = directoryOf(reference);
    await inTurn(directory, async () => {
      await change(await entriesOf(directory), directory);
    }).catch((cause: unknown) => {
      throw writeFailure(`write the layout of ${formatReference(reference)}`, cause);
    });
  }

  async function writeImage(reference: Reference, top: Descriptor, blobs: Iterable<Digest>) {
    const digests = [...new Set(blobs)];
    await write(reference, async (entries, directory) => {
      for (const digest of digests) for (const tell of listeners) tell(digest);
      await makeLayout(directory);
      await placeBlobs(directory, digests, store, hardlink);
      await writeEntries(directory, withEntry(entries, reference, top));
    });
  }

  async function removeImage(reference: Reference): Promise<boolean> {
    let found = false;
    await write(reference, async (entries, directory) => {
      const others = withoutEntry(entries, reference);
      found = others.length < entries.length;
      if (!found) return;
      await writeEntries(directory, others);
      if (others.length === 0) await removeLayout(root, directory);
    });
    return found;
  }

  async function listImages(): Promise<readonly StoredImage[]> {
    const images: StoredImage[] = [];
    for await (const directory of findLayouts(root)) {
      // One layout that somebody damaged does not hide the others.
      const entries = await entriesOf(directory).catch(() => []);
      images.push(...entries.flatMap(storedImages));
    }
    return images;
  }

  async function readImage(reference: Reference): Promise<StoredImage | undefined> {
    const found = findEntry(await entriesOf(directoryOf(reference)), reference);
    return found === undefined ? undefined : storedImages(found)[0];
  }

  return {
    root,
    directory: directoryOf,
    writeImage,
    removeImage,
    readImage,
    listImages,
    layouts: () => findLayouts(root),
    inspect: (directory, work) => inTurn(directory, async () => work(await entriesOf(directory))),
    onPlaced(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

const storedImages = ({ reference, descriptor }: LayoutEntry): readonly StoredImage[] =>
  reference === undefined ? [] : [{ reference, descriptor }];

/** A layout copied to another place says the names of its old one: here its images count as another tool's. */
function atHome(entry: LayoutEntry, path: string): LayoutEntry {
  const { reference, descriptor } = entry;
  if (reference === undefined || layoutPath(reference) === path) return entry;
  return { descriptor, ...(reference.tag === undefined ? {} : { name: reference.tag }) };
}
