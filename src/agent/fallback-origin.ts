import type { Fallback } from "../bt/index.ts";
import { type Descriptor, type Reference, type Registry, streamBlob } from "../oci/index.ts";
import type { Throttle } from "../runtime/index.ts";
import { AgentError } from "./errors.ts";
import type { Origin } from "./origin.ts";

/** An image's registry, for a leecher that may go there when its seeders and peers give nothing. */
export type RegistryFallback = {
  readonly registry: Registry;
  readonly throttle: Throttle;
};

/**
 * Documents from `origin`, and where it fails to give one, from the registry; it has waited long enough. How layers come is
 * the origin's business.
 */
export function withRegistryBehind(origin: Origin, registry: Origin): Origin {
  const orFrom = async <T>(first: () => Promise<T>, second: () => Promise<T>): Promise<T> => {
    try {
      return await first();
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      return await second();
    }
  };
  return {
    ...origin,
    resolve: (reference, onWait, signal) =>
      orFrom(
        () => origin.resolve(reference, onWait, signal),
        () => {
          onWait("no seeder gives the image: asking its registry");
          return registry.resolve(reference, onWait, signal);
        },
      ),
    document: (reference, descriptor, signal) =>
      orFrom(
        () => origin.document(reference, descriptor, signal),
        () => registry.document(reference, descriptor, signal),
      ),
    async close() {
      await origin.close();
      await registry.close();
    },
  };
}

/** A layer's bytes from the registry, counted by `onReceived`. */
export const layerFallback = (
  { registry, throttle }: RegistryFallback,
  { repository }: Reference,
  layer: Descriptor,
  onReceived: (bytes: number) => void,
): Fallback => ({
  open: (fromByte, signal) =>
    streamBlob(
      registry,
      repository,
      layer,
      { fromByte, onReceived, throttle: (bytes) => throttle.take(bytes, signal) },
      signal,
    ),
});
