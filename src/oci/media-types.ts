/** OCI image index (OCI image spec, image-index.md). */
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
/** OCI image manifest (OCI image spec, manifest.md). */
export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
/** Docker's manifest list, version 2 schema 2. */
export const DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
/** Docker's image manifest, version 2 schema 2. */
export const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";

export const OCI_CONFIG = "application/vnd.oci.image.config.v1+json";
export const DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";

/** Every document that `parseDocument` reads, the ones that keep the most information first. */
export const DOCUMENT_MEDIA_TYPES: readonly string[] = [
  OCI_INDEX,
  OCI_MANIFEST,
  DOCKER_LIST,
  DOCKER_MANIFEST,
];

const SCHEMA_1 = /^application\/vnd\.docker\.distribution\.manifest\.v1\+(?:json|prettyjws)$/;
const OCI_ARTIFACT = "application/vnd.oci.artifact.manifest.v1+json";
const LAYER =
  /^application\/vnd\.(?:oci\.image\.layer\.|docker\.image\.rootfs\.(?:diff|foreign\.diff)\.)/;
const FOREIGN_LAYER =
  /^application\/vnd\.(?:oci\.image\.layer\.nondistributable\.|docker\.image\.rootfs\.foreign\.diff\.)/;

export const isIndexType = (mediaType: string): boolean =>
  mediaType === OCI_INDEX || mediaType === DOCKER_LIST;
export const isManifestType = (mediaType: string): boolean =>
  mediaType === OCI_MANIFEST || mediaType === DOCKER_MANIFEST;
export const isConfigType = (mediaType: string): boolean =>
  mediaType === OCI_CONFIG || mediaType === DOCKER_CONFIG;
export const isLayerType = (mediaType: string): boolean => LAYER.test(mediaType);
/** A layer that its registry may lack, for its owner forbade to give it away (OCI image spec, layer.md). */
export const isForeignLayerType = (mediaType: string): boolean => FOREIGN_LAYER.test(mediaType);

/** A known document that is not supported, by its name; undefined for all others. */
export function nameOfUnsupported(mediaType: string): string | undefined {
  if (SCHEMA_1.test(mediaType)) return "docker schema 1 manifest";
  if (mediaType === OCI_ARTIFACT) return "withdrawn OCI artifact manifest";
  return undefined;
}
