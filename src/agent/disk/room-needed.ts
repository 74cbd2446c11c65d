import type { Descriptor, Digest } from "../../oci/index.ts";

/** Bytes that an image will still write. */
export type RoomNeeded = {
  /** Into our store. */
  readonly storeBytes: number;
  /** Into the container runtime's: its own copy, and what it unpacks. */
  readonly runtimeBytes: number;
};

/** What is here already, in bytes. */
export type OnDisk = {
  /** Blobs that are whole. */
  readonly stored: ReadonlyMap<Digest, number>;
  /** Of blobs that are on their way, what they take of the disk by now. */
  readonly partial: ReadonlyMap<Digest, number>;
};

/**
 * What compressed layers become, at most nearly always: gzip makes a half to a third of the files of common images. Nobody
 * says how much before the last byte is there. A guess that is too low fills the node's disk while the runtime unpacks.
 */
const UNPACKED_TIMES = 3;

/** Layers that are stored do not count: the runtime has them from an earlier image as a rule. */
export function roomNeeded(
  layers: readonly Descriptor[],
  isToBeLoaded: boolean,
  { stored, partial }: OnDisk,
): RoomNeeded {
  const missing = layers.filter(({ digest }) => !stored.has(digest));
  return {
    storeBytes: sumOf(missing, ({ digest, size }) =>
      Math.max(0, size - (partial.get(digest) ?? 0)),
    ),
    runtimeBytes: isToBeLoaded ? sumOf(missing, (layer) => layer.size + unpackedBytes(layer)) : 0,
  };
}

const unpackedBytes = ({ size, mediaType }: Descriptor): number =>
  mediaType.endsWith(".tar") ? size : UNPACKED_TIMES * size;

const sumOf = <Item>(items: readonly Item[], bytesOf: (item: Item) => number): number =>
  items.reduce((sum, item) => sum + bytesOf(item), 0);
