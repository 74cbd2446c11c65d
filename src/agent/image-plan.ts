import {
  choosePlatform,
  DEEPEST_INDEX,
  type Descriptor,
  type Digest,
  OciError,
  type Platform,
  parseDescribed,
} from "../oci/index.ts";

/** Which of an index's images are wanted. */
export type Wanted =
  | { readonly kind: "all" }
  | { readonly kind: "some"; readonly platforms: readonly Platform[] };

export const sameWanted = (a: Wanted, b: Wanted): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

/** Everything that an image consists of, each piece once. */
export type ImagePlan = {
  readonly top: Descriptor;
  /** Indexes and manifests, the top first. */
  readonly manifests: readonly Descriptor[];
  readonly configs: readonly Descriptor[];
  /** In manifest order. */
  readonly layers: readonly Descriptor[];
};

/** Indexes, manifests and configs are read whole, so their size is bounded. */
export const MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;

/** Every blob of the image, layers last. */
export const blobsOf = ({ manifests, configs, layers }: ImagePlan): readonly Descriptor[] => [
  ...manifests,
  ...configs,
  ...layers,
];

export type ReadDocument = (descriptor: Descriptor) => Promise<Uint8Array>;

/** Reads the documents of an image from the top down and collects what they name. */
export async function planImage(
  top: Descriptor,
  wanted: Wanted,
  read: ReadDocument,
): Promise<ImagePlan> {
  const found: Found = { manifests: new Map(), configs: new Map(), layers: new Map() };
  await visit(top, wanted, read, found, 0);
  return {
    top,
    manifests: [...found.manifests.values()],
    configs: [...found.configs.values()],
    layers: [...found.layers.values()],
  };
}

type Found = Record<"manifests" | "configs" | "layers", Map<Digest, Descriptor>>;

async function visit(
  descriptor: Descriptor,
  wanted: Wanted,
  read: ReadDocument,
  found: Found,
  indexes: number,
): Promise<void> {
  if (found.manifests.has(descriptor.digest)) return;
  const document = parseDescribed(await read(descriptor), descriptor);
  if (document.kind === "index" && indexes === DEEPEST_INDEX) {
    throw new OciError(
      "MANIFEST_INVALID",
      `could not read ${descriptor.digest}: more than ${DEEPEST_INDEX} indexes stand above its manifests`,
    );
  }
  found.manifests.set(descriptor.digest, descriptor);
  if (document.kind === "index") {
    for (const child of chosen(document.manifests, wanted)) {
      await visit(child, wanted, read, found, indexes + 1);
    }
    return;
  }
  found.configs.set(document.config.digest, document.config);
  for (const layer of document.layers) found.layers.set(layer.digest, layer);
}

function chosen(manifests: readonly Descriptor[], wanted: Wanted): readonly Descriptor[] {
  if (wanted.kind === "all") return manifests;
  return wanted.platforms.map((platform) => choosePlatform(manifests, platform));
}
