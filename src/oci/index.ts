export type { Authorization } from "./authorize.ts";
export type {
  BlobFiles,
  BlobInfo,
  BlobKeeper,
  BlobReader,
  BlobStore,
  BlobWriter,
  ByteRange,
  FileBlobStore,
  StoredBlob,
} from "./blob-store.ts";
export type { BlobStream } from "./blob-stream.ts";
export { type Clock, systemClock } from "./clock.ts";
export {
  accessTokenCredential,
  basicCredential,
  type Credential,
  identityTokenCredential,
  type StoredCredential,
} from "./credential.ts";
export {
  findCredential,
  type LoginEntry,
  type LoginFormat,
  loginEntries,
} from "./credentials.ts";
export type { Descriptor, Platform } from "./descriptor.ts";
export { type Digest, digestFromHex, digestOf, hexOf, isDigest, parseDigest } from "./digest.ts";
export { OciError, type OciErrorCode } from "./errors.ts";
export type { RequestEvent } from "./exchange.ts";
export { type ExportOptions, exportArchive, exportLayout } from "./export-image.ts";
export { type FetchBlobOptions, type FetchedBlob, fetchBlob } from "./fetch-blob.ts";
export { createBlobStore } from "./file-blob-store.ts";
export { isForeignLayer } from "./foreign-layer.ts";
export { type CollectOptions, collectGarbage, type Garbage } from "./garbage.ts";
export { type ImageClosure, imageClosure } from "./image-closure.ts";
export {
  createImageLayouts,
  type ImageLayouts,
  type ImageLayoutsOptions,
  type LayoutKeeper,
  type StoredImage,
} from "./image-layout.ts";
export { imageInArchive, importArchive } from "./import-archive.ts";
export { imageInLayout, importLayout } from "./import-layout.ts";
export type { ImportedImage, ImportLimits, ImportOptions } from "./imported-image.ts";
export { type LayoutEntry, parseLayoutIndex } from "./layout-index.ts";
export { layoutPath } from "./layout-path.ts";
export {
  childrenOf,
  DEEPEST_INDEX,
  type Document,
  foreignLayers,
  type ImageIndex,
  type ImageManifest,
  isArtifact,
  parseDescribed,
  parseDocument,
} from "./manifest.ts";
export {
  DOCKER_CONFIG,
  DOCKER_LIST,
  DOCKER_MANIFEST,
  DOCUMENT_MEDIA_TYPES,
  isConfigType,
  isForeignLayerType,
  isIndexType,
  isLayerType,
  isManifestType,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_MANIFEST,
} from "./media-types.ts";
export { createMemoryBlobStore } from "./memory-blob-store.ts";
export { choosePlatform, formatPlatform, hostPlatform, parsePlatform } from "./platform.ts";
export { quoted } from "./quoted.ts";
export {
  familiarName,
  familiarReference,
  formatReference,
  isRepository,
  isTag,
  parseReference,
  type Reference,
  withDigest,
} from "./reference.ts";
export {
  createRegistry,
  createRegistryClient,
  type Registry,
  type RegistryClient,
  type RegistryClientOptions,
  type RegistryOptions,
} from "./registry.ts";
export type { FetchedDocument } from "./registry-document.ts";
export {
  type EndpointConfig,
  type EndpointMap,
  endpointMap,
  endpointsOf,
  type RegistryEndpoint,
  withInsecureHosts,
} from "./registry-endpoints.ts";
export { defaultRegistryLimits, type RegistryLimits } from "./registry-limits.ts";
export type { Advice } from "./registry-sentences.ts";
export { parseSource, type Source } from "./source.ts";
export { type StreamBlobOptions, streamBlob } from "./stream-blob.ts";
export { isTurnedAway } from "./turned-away.ts";
export type { BlobProgress } from "./verified-copy.ts";
export { createWriteBehind, type WriteBehind } from "./write-behind.ts";
