import {
  type Descriptor,
  fetchBlob,
  isIndexType,
  isManifestType,
  type Reference,
  type Registry,
} from "../oci/index.ts";
import type { Throttle } from "../runtime/index.ts";
import type { LayerTap } from "./layer-tap.ts";
import type { Origin } from "./origin.ts";

export type RegistryOriginDeps = {
  /** Of the reference's host, with the credential of this one transfer. */
  readonly registry: Registry;
  readonly throttle: Throttle;
  /** Listens to a layer that goes into `file`; absent while BitTorrent is off. */
  readonly openTap?: (
    layer: Descriptor,
    file: string,
    trackers: readonly string[],
  ) => Promise<LayerTap>;
};

/** The image from its registry. */
export function createRegistryOrigin({ registry, throttle, openTap }: RegistryOriginDeps): Origin {
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
    async layer({ reference, layer, trackers }, sink, signal) {
      sink.step("STEP_COPY_BLOB");
      const tap = layer.size > 0 ? await openTap?.(layer, sink.file, trackers) : undefined;
      try {
        const fetched = await fetchBlob(
          registry,
          reference.repository,
          layer,
          {
            ...(tap && listening(tap)),
            file: sink.file,
            throttle: (bytes) => throttle.take(bytes, signal),
            onProgress: sink.progress,
          },
          signal,
        );
        const delivery = { ...fetched, peerBytes: 0 };
        return tap === undefined ? delivery : { ...delivery, torrent: await tap.complete() };
      } catch (error) {
        await tap?.abandon();
        throw error;
      }
    },
    close: () => registry.close(),
  };
}

const listening = ({ onBytes, onWritten, onRestart }: LayerTap) => ({
  onBytes,
  onWritten,
  onRestart,
});

const nameIn = ({ tag, digest }: Reference): string => digest ?? tag ?? "latest";
