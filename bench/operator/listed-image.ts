import { digestOf } from "../../src/oci/index.ts";

const OCI = "application/vnd.oci.image";

export type Document = { readonly mediaType: string; readonly bytes: Buffer };

/** An image of which there are its documents, and of its layers no more than their names and sizes. */
export type ListedImage = {
  readonly repository: string;
  /** By digest, and by the tag for the one that the tag names. */
  readonly documents: ReadonlyMap<string, Document>;
};

export const TAG = "1";

/** No layer is another's: of another repository, or at another place. */
export function listedImage(
  repository: string,
  layers: number,
  bytesPerLayer: number,
): ListedImage {
  const digests = Array.from({ length: layers }, (_, index) =>
    digestOf(Buffer.from(`${repository} ${index}`)),
  );
  const config = document(`${OCI}.config.v1+json`, {
    ...{ architecture: "amd64", os: "linux" },
    config: {},
    rootfs: { type: "layers", diff_ids: digests },
  });
  const manifest = document(`${OCI}.manifest.v1+json`, {
    schemaVersion: 2,
    mediaType: `${OCI}.manifest.v1+json`,
    config: descriptorOf(config),
    layers: digests.map((digest) => ({
      mediaType: `${OCI}.layer.v1.tar+gzip`,
      digest,
      size: bytesPerLayer,
    })),
  });
  const documents = new Map<string, Document>([
    [digestOf(config.bytes), config],
    [digestOf(manifest.bytes), manifest],
    [TAG, manifest],
  ]);
  return { repository, documents };
}

const document = (mediaType: string, content: object): Document => ({
  mediaType,
  bytes: Buffer.from(JSON.stringify(content)),
});

const descriptorOf = ({ mediaType, bytes }: Document) => ({
  mediaType,
  digest: digestOf(bytes),
  size: bytes.length,
});
