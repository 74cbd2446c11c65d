import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  type BlobReader,
  type Descriptor,
  type Digest,
  imageClosure,
  isDigest,
  isIndexType,
  isManifestType,
  parseLayoutIndex,
} from "../oci/index.ts";
import type { MirrorSource } from "./mirror-source.ts";

export type LayoutSourceOptions = {
  /** The one repository that the layout is served as. */
  readonly repository: string;
  /** An OCI image layout (OCI image spec, image-layout.md); its refs are the repository's tags. */
  readonly directory: string;
  /** Its blobs. */
  readonly blobs: BlobReader;
};

const LARGEST_DOCUMENT_BYTES = 4 * 1024 * 1024;

type Catalog = {
  readonly tags: ReadonlyMap<string, Descriptor>;
  readonly documents: ReadonlyMap<Digest, Descriptor>;
  /** Configs and layers. */
  readonly content: ReadonlyMap<Digest, Descriptor>;
};

/** Serves an image layout as it is, also when it changes meanwhile: index.json is read again then. */
export function createLayoutSource(options: LayoutSourceOptions): MirrorSource {
  const { repository: own, directory, blobs } = options;
  const indexFile = join(directory, "index.json");
  let current: { version: string; catalog: Promise<Catalog> } | undefined;

  async function catalog(): Promise<Catalog> {
    const { mtimeMs, size, ino } = await stat(indexFile);
    const version = `${mtimeMs} ${size} ${ino}`;
    if (current?.version !== version) current = { version, catalog: readCatalog(indexFile, blobs) };
    return await current.catalog;
  }

  return {
    servesRegistry: () => false,
    hasRepository: async (repository) => repository === own,
    async manifest(repository, which) {
      if (repository !== own) return undefined;
      const { tags, documents } = await catalog();
      const descriptor = isDigest(which) ? documents.get(which) : tags.get(which);
      if (descriptor === undefined) return undefined;
      return { descriptor, bytes: await blobs.read(descriptor.digest, LARGEST_DOCUMENT_BYTES) };
    },
    async blob(repository, digest) {
      if (repository !== own) return undefined;
      const { content } = await catalog();
      const info = content.has(digest) ? await blobs.stat(digest) : undefined;
      return info && { size: info.size, open: (range) => blobs.open(digest, range) };
    },
  };
}

async function readCatalog(indexFile: string, blobs: BlobReader): Promise<Catalog> {
  const tags = new Map<string, Descriptor>();
  const documents = new Map<Digest, Descriptor>();
  const content = new Map<Digest, Descriptor>();
  for (const { descriptor, name, reference } of parseLayoutIndex(
    await readFile(indexFile),
    indexFile,
  )) {
    const tag = name ?? reference?.tag;
    if (tag !== undefined) tags.set(tag, descriptor);
    const { present } = await imageClosure(blobs, descriptor);
    for (const one of present) (isDocument(one) ? documents : content).set(one.digest, one);
  }
  return { tags, documents, content };
}

const isDocument = ({ mediaType }: Descriptor): boolean =>
  isIndexType(mediaType) || isManifestType(mediaType);
