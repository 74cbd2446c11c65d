import type { Descriptor } from "./descriptor.ts";
import { digestOf } from "./digest.ts";
import { DocumentReader, kindOf, optionalText, Refusal } from "./document-reader.ts";
import { OciError } from "./errors.ts";
import { isObject, type JsonObject, type JsonValue, own, parseJson } from "./json.ts";
import {
  isConfigType,
  isForeignLayerType,
  isIndexType,
  isLayerType,
  isManifestType,
  nameOfUnsupported,
  OCI_INDEX,
  OCI_MANIFEST,
} from "./media-types.ts";
import { quoted } from "./quoted.ts";

/** OCI image index or docker manifest list. */
export type ImageIndex = {
  readonly kind: "index";
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
};

/** OCI image manifest or docker manifest, schema 2. Its layers are lowest first; one may occur more than once. */
export type ImageManifest = {
  readonly kind: "manifest";
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly artifactType?: string;
};

/** What a tag or an entry of an index names. The bytes it was read from stay what is stored and served. */
export type Document = ImageIndex | ImageManifest;

/** How many indexes may stand above a manifest. */
export const DEEPEST_INDEX = 2;
const MOST_MANIFESTS = 64;
const MOST_LAYERS = 128;
// What registries send when they do not know better: no statement about the document.
const VAGUE_TYPE = /^(?:application\/(?:json|octet-stream)|text\/plain)?$/;

/**
 * Reads an index or a manifest. `mediaTypeHeader` is the Content-Type or the media type of the descriptor it was
 * found by. Throws MANIFEST_INVALID, or UNSUPPORTED for a document of a known other kind.
 */
export function parseDocument(bytes: Uint8Array, mediaTypeHeader?: string): Document {
  const value = parseJson(bytes, invalid);
  try {
    return read(value, mediaTypeHeader?.split(";", 1)[0]?.trim().toLowerCase() ?? "");
  } catch (error) {
    throw error instanceof Refusal ? invalid(error.message) : error;
  }
}

/** Reads a document that must be what `descriptor` says. Throws BLOB_CORRUPT when its bytes are others. */
export function parseDescribed(bytes: Uint8Array, descriptor: Descriptor): Document {
  if (bytes.length !== descriptor.size || digestOf(bytes) !== descriptor.digest) {
    throw new OciError(
      "BLOB_CORRUPT",
      `could not read ${descriptor.digest}: its ${bytes.length} bytes are not the ${descriptor.size} bytes of that digest`,
    );
  }
  return parseDocument(bytes, descriptor.mediaType);
}

/** Whether it is something else than a container image: a chart, a signature, an attestation. */
export const isArtifact = (manifest: ImageManifest): boolean =>
  !isConfigType(manifest.config.mediaType);

/** The layers that may have to come from elsewhere than the registry: their owner says so by type or by `urls`. */
export const foreignLayers = (manifest: ImageManifest): readonly Descriptor[] =>
  manifest.layers.filter(
    (layer) => layer.urls !== undefined || isForeignLayerType(layer.mediaType),
  );

/** The blobs that a document needs next: the manifests of an index, or config and layers, each digest once. */
export function childrenOf(document: Document): readonly Descriptor[] {
  const all =
    document.kind === "index" ? document.manifests : [document.config, ...document.layers];
  return [...new Map(all.map((child) => [child.digest, child])).values()];
}

const invalid = (why: string, cause?: unknown): OciError =>
  new OciError("MANIFEST_INVALID", `could not read the manifest: ${why}`, { cause });

function read(value: JsonValue, header: string): Document {
  if (!isObject(value)) throw new Refusal(`it is ${kindOf(value)}, not a JSON object`);
  const named = optionalText(value, "mediaType", "")?.toLowerCase();
  checkVersion(value, named ?? header);
  if (own(value, "manifests") !== undefined && own(value, "layers") !== undefined) {
    throw new Refusal("it has both manifests and layers");
  }
  const mediaType = mediaTypeOf(value, named, header);
  if (isIndexType(mediaType)) return readIndex(value, mediaType);
  if (isManifestType(mediaType)) return readManifest(value, mediaType);
  throw new Refusal(`its media type is ${quoted(mediaType)}, neither an index nor a manifest`);
}

function checkVersion(value: JsonObject, mediaType: string): void {
  const version = own(value, "schemaVersion");
  const unsupported =
    nameOfUnsupported(mediaType) ?? (version === 1 ? "docker schema 1 manifest" : undefined);
  if (unsupported !== undefined) {
    throw new OciError(
      "UNSUPPORTED",
      `could not read the manifest: it is a ${unsupported}; push the image again with a current tool`,
    );
  }
  if (version !== 2) throw new Refusal(`its schemaVersion is ${kindOf(version)}, not 2`);
}

/** The type that document and header agree on; a document that leaves it out is told by its fields. */
function mediaTypeOf(value: JsonObject, named: string | undefined, header: string): string {
  const stated = VAGUE_TYPE.test(header) ? undefined : header;
  if (named !== undefined && stated !== undefined && named !== stated) {
    throw new Refusal(`it says that it is ${quoted(named)}, but was sent as ${quoted(stated)}`);
  }
  return named ?? stated ?? (own(value, "manifests") === undefined ? OCI_MANIFEST : OCI_INDEX);
}

function readIndex(value: JsonObject, mediaType: string): ImageIndex {
  const reader = new DocumentReader();
  reader.annotations(value, "");
  const manifests = reader.descriptors(value, "manifests", MOST_MANIFESTS);
  checkSizes(manifests, "manifests");
  return { kind: "index", mediaType, manifests };
}

function readManifest(value: JsonObject, mediaType: string): ImageManifest {
  const reader = new DocumentReader();
  reader.annotations(value, "");
  const config = reader.descriptor(own(value, "config"), "config");
  if (isLayerType(config.mediaType)) {
    throw new Refusal(`config.mediaType is ${quoted(config.mediaType)}, the type of a layer`);
  }
  const layers = reader.descriptors(value, "layers", MOST_LAYERS);
  checkSizes([config, ...layers], "config and layers");
  if (isConfigType(config.mediaType)) checkImageConfig(config, layers);
  const artifactType = optionalText(value, "artifactType", "");
  const manifest = { kind: "manifest", mediaType, config, layers } as const;
  return artifactType === undefined ? manifest : { ...manifest, artifactType };
}

/** Of an artifact config and layer may well be the same empty blob; of an image they are told apart. */
function checkImageConfig(config: Descriptor, layers: readonly Descriptor[]): void {
  if (config.size === 0) throw new Refusal("config.size is 0, but an image has a config");
  const same = layers.findIndex((layer) => layer.digest === config.digest);
  if (same !== -1) throw new Refusal(`layers[${same}] is the config itself`);
}

/** One digest has one size. */
function checkSizes(descriptors: readonly Descriptor[], among: string): void {
  const sizes = new Map<string, number>();
  for (const { digest, size } of descriptors) {
    const other = sizes.get(digest);
    if (other !== undefined && other !== size) {
      throw new Refusal(`${digest} has two sizes in its ${among}: ${other} and ${size}`);
    }
    sizes.set(digest, size);
  }
}
