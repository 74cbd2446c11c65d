import { MOST_DOCUMENT_BYTES } from "../../api/index.ts";
import {
  choosePlatform,
  DEEPEST_INDEX,
  type Descriptor,
  type Digest,
  type Document,
  type FetchedDocument,
  formatPlatform,
  formatReference,
  type ImageManifest,
  isArtifact,
  isForeignLayer,
  OciError,
  type Platform,
  parseDescribed,
  parsePlatform,
  quoted,
  type Reference,
  type Registry,
} from "../../oci/index.ts";
import type { Layer, PlatformImage } from "../decide/world.ts";
import { isRecord } from "../kube/kube-object.ts";
import { ResolutionError } from "./resolution-error.ts";

/** Platforms to bring, each os/arch or os/arch/variant. Those of the spec must all be there; those of nodes need not. */
export type WantedPlatforms = {
  readonly of: "spec" | "nodes";
  readonly platforms: readonly string[];
};

/** The documents of an image, as the registry gave them. */
export type ImageDocuments = {
  /** Undefined where the image's name leads to the manifest itself. */
  readonly index: Uint8Array | undefined;
  readonly manifests: ReadonlyMap<Digest, ManifestDocuments>;
};
export type ManifestDocuments = {
  readonly manifest: Uint8Array;
  readonly config: Uint8Array;
  readonly configDescriptor: Descriptor;
};

export type ReadImage = {
  /** Of what the image's name leads to. */
  readonly digest: Digest;
  readonly platforms: readonly PlatformImage[];
  readonly documents: ImageDocuments;
};

export type ManifestQuestion = {
  readonly reference: Reference;
  readonly tagOrDigest: string;
  readonly wanted: WantedPlatforms;
  /** For one platform. */
  readonly largestBytes: number;
};

/** As many as a status has room for. */
const MOST_PLATFORMS = 8;

/** Asks the registry what an image consists of. @throws OciError, ResolutionError, or the signal's reason */
export async function readImage(
  registry: Registry,
  question: ManifestQuestion,
  signal: AbortSignal,
): Promise<ReadImage> {
  const { reference, tagOrDigest } = question;
  const top = await registry.resolve(reference.repository, tagOrDigest, signal);
  return await new ImageReader(registry, question, signal).read(top);
}

type Found = ManifestDocuments & {
  readonly descriptor: Descriptor;
  readonly content: ImageManifest;
};

class ImageReader {
  readonly #registry: Registry;
  readonly #question: ManifestQuestion;
  readonly #signal: AbortSignal;
  /** By digest of the manifest. */
  readonly #found = new Map<Digest, Found>();

  constructor(registry: Registry, question: ManifestQuestion, signal: AbortSignal) {
    this.#registry = registry;
    this.#question = question;
    this.#signal = signal;
  }

  async read(top: FetchedDocument): Promise<ReadImage> {
    const document = parseDescribed(top.bytes, top.descriptor);
    const platforms: PlatformImage[] = [];
    let missing: unknown;
    for (const text of this.#question.wanted.platforms.slice(0, MOST_PLATFORMS)) {
      try {
        const platform = parsePlatform(text);
        platforms.push(imageOf(platform, await this.#manifestFor(platform, top, document, 0)));
      } catch (error) {
        if (this.#question.wanted.of === "spec" || !isMissing(error)) throw error;
        missing = error;
      }
    }
    if (platforms.length === 0 && missing !== undefined) throw missing;
    await this.#check(platforms, document.kind === "index" ? top.bytes.length : 0);
    return {
      digest: top.descriptor.digest,
      platforms: distinct(platforms),
      documents: {
        index: document.kind === "index" ? top.bytes : undefined,
        manifests: this.#found,
      },
    };
  }

  async #manifestFor(
    platform: Platform,
    { bytes, descriptor }: FetchedDocument,
    document: Document,
    indexesAbove: number,
  ): Promise<Found> {
    if (document.kind === "manifest") {
      const found = await this.#withConfig(descriptor, bytes, document);
      // An index has said already for which platform it is.
      if (indexesAbove === 0) choosePlatform([withPlatform(found)], platform);
      return found;
    }
    if (indexesAbove === DEEPEST_INDEX)
      throw this.#unfit(`it has more than ${DEEPEST_INDEX} indexes above one another`);
    const child = choosePlatform(document.manifests, platform);
    const known = this.#found.get(child.digest);
    if (known !== undefined) return known;
    const fetched = await this.#registry.manifest(
      this.#question.reference.repository,
      child,
      this.#signal,
    );
    const inner = parseDescribed(fetched.bytes, child);
    return await this.#manifestFor(
      platform,
      { ...fetched, descriptor: child },
      inner,
      indexesAbove + 1,
    );
  }

  async #withConfig(
    descriptor: Descriptor,
    manifest: Uint8Array,
    content: ImageManifest,
  ): Promise<Found> {
    const known = this.#found.get(descriptor.digest);
    if (known !== undefined) return known;
    const { config: configDescriptor } = content;
    if (isArtifact(content)) {
      throw this.#unfit(
        `its config is of type ${quoted(configDescriptor.mediaType)}, which no container runs`,
      );
    }
    const size = manifest.length + configDescriptor.size;
    if (size > MOST_DOCUMENT_BYTES)
      throw this.#tooLarge("manifest and config", size, MOST_DOCUMENT_BYTES);
    const { repository } = this.#question.reference;
    const config = await this.#registry.blob(repository, configDescriptor, this.#signal);
    const found = { descriptor, content, manifest, config, configDescriptor };
    this.#found.set(descriptor.digest, found);
    return found;
  }

  /** What is not wrong with the documents, but with bringing what they name. */
  async #check(platforms: readonly PlatformImage[], indexBytes: number): Promise<void> {
    const { largestBytes } = this.#question;
    for (const { bytes, platform } of platforms) {
      if (bytes > largestBytes)
        throw this.#tooLarge(`the image for ${platform}`, bytes, largestBytes);
    }
    for (const { manifest, config, content } of this.#found.values()) {
      const documents = indexBytes + manifest.length + config.length;
      if (documents > MOST_DOCUMENT_BYTES) {
        throw this.#tooLarge("index, manifest and config", documents, MOST_DOCUMENT_BYTES);
      }
      for (const layer of content.layers.filter(isForeignLayer)) await this.#checkForeign(layer);
    }
  }

  /** Registries may have such layers or not: the last byte of one shows it. */
  async #checkForeign(layer: Descriptor): Promise<void> {
    const { repository } = this.#question.reference;
    try {
      const last = Math.max(0, layer.size - 1);
      const stream = await this.#registry.openBlob(repository, layer, last, this.#signal);
      stream.report("broken");
    } catch (error) {
      if (!(error instanceof OciError) || error.code !== "UNSUPPORTED") throw error;
      throw new ResolutionError("ForeignLayer", error.message, { cause: error });
    }
  }

  get #name(): string {
    return formatReference(this.#question.reference);
  }

  #tooLarge(what: string, bytes: number, most: number): ResolutionError {
    return new ResolutionError(
      "TooLarge",
      `could not resolve ${this.#name}: ${what} has ${bytes} bytes, and at most ${most} are allowed: make it smaller, or ask the cluster's administrator`,
    );
  }

  #unfit(why: string): ResolutionError {
    return new ResolutionError(
      "PlatformMissing",
      `could not resolve ${this.#name}: it is no container image: ${why}`,
    );
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof OciError && error.code === "PLATFORM_MISSING";

/** A manifest that no index names says by its config for which platform it is; else it is taken to be for any. */
function withPlatform({ descriptor, config }: Found): Descriptor {
  const platform = platformIn(config);
  const { platform: _, ...others } = descriptor;
  return platform === undefined ? others : { ...others, platform };
}

function platformIn(config: Uint8Array): Platform | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(config).toString("utf8"));
    const { os, architecture, variant } = isRecord(value) ? value : {};
    if (typeof os !== "string" || typeof architecture !== "string") return undefined;
    return parsePlatform(
      [os, architecture, variant]
        .filter((part) => typeof part === "string" && part !== "")
        .join("/"),
    );
  } catch {
    return undefined;
  }
}

function imageOf(platform: Platform, { descriptor, content }: Found): PlatformImage {
  const layers = [
    ...new Map(content.layers.map((layer) => [layer.digest, layerOf(layer)])).values(),
  ];
  const bytes = layers.reduce((sum, { size }) => sum + size, descriptor.size + content.config.size);
  return { platform: formatPlatform(platform), digest: descriptor.digest, bytes, layers };
}

const layerOf = ({ digest, size, mediaType }: Descriptor): Layer => ({ digest, size, mediaType });

/** linux/arm64 and linux/arm64/v8 are one. */
const distinct = (platforms: readonly PlatformImage[]): readonly PlatformImage[] => [
  ...new Map(platforms.map((image) => [image.platform, image])).values(),
];
