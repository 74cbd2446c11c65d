import { createPieceHasher, createTorrent } from "../bt/index.ts";
import {
  fetchBlob,
  hexOf,
  isIndexType,
  isManifestType,
  type Reference,
  type Registry,
} from "../oci/index.ts";
import type { Throttle } from "../runtime/index.ts";
import type { Origin } from "./origin.ts";
import { createRateMeter } from "./rate-meter.ts";

export type RegistryOriginDeps = {
  /** Of the reference's host, with the credential of this one transfer. */
  readonly registry: Registry;
  readonly throttle: Throttle;
  /** Computes piece hashes in the same pass as the digest. */
  readonly hashesPieces: boolean;
};

/** The image from its registry. */
export function createRegistryOrigin({
  registry,
  throttle,
  hashesPieces,
}: RegistryOriginDeps): Origin {
  return {
    kind: "registry",
    async resolve(reference, _onWait, signal) {
      const resolved = await registry.resolve(reference.repository, nameIn(reference), signal);
      return { ...resolved, trackers: [] };
    },
    async document({ repository }, descriptor, signal) {
      const { mediaType } = descriptor;
      if (!isIndexType(mediaType) && !isManifestType(mediaType)) {
        return await registry.blob(repository, descriptor, signal);
      }
      return (await registry.manifest(repository, descriptor, signal)).bytes;
    },
    async layer({ reference, layer: descriptor }, sink, signal) {
      const hash = hashesPieces && descriptor.size > 0;
      let hasher = createPieceHasher(descriptor.size);
      const meter = createRateMeter(Date.now);
      sink.step("STEP_COPY_BLOB");
      const fetched = await fetchBlob(
        registry,
        reference.repository,
        descriptor,
        {
          file: sink.file,
          throttle: (bytes) => throttle.take(bytes, signal),
          onProgress: (completedBytes) =>
            sink.progress({ completedBytes, bytesPerSecond: meter.at(completedBytes) }),
          ...(hash && {
            onBytes: (chunk: Uint8Array) => hasher.update(chunk),
            onRestart: () => {
              hasher = createPieceHasher(descriptor.size);
            },
          }),
        },
        signal,
      );
      const delivery = { ...fetched, peerBytes: 0 };
      if (!hash) return delivery;
      const { digest, size } = descriptor;
      const torrent = createTorrent({ name: hexOf(digest), size, pieces: hasher.finish() });
      return { ...delivery, torrent };
    },
    close: () => registry.close(),
  };
}

const nameIn = ({ tag, digest }: Reference): string => digest ?? tag ?? "latest";
