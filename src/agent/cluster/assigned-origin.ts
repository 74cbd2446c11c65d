import type { Digest, Lease } from "../../api/index.ts";
import type { Fallback, Progress, Swarm } from "../../bt/index.ts";
import { type Descriptor, hexOf, type Reference } from "../../oci/index.ts";
import { AgentError } from "../errors.ts";
import type { LayerDelivery, LayerSink, Origin } from "../origin.ts";
import type { AssignedImage } from "./assigned-image.ts";
import type { LayerSources } from "./layer-sources.ts";
import { type LeaseBoard, LeaseChanged } from "./lease-board.ts";

export type AssignedOriginDeps = {
  readonly swarm: Swarm;
  /** Announce URLs, as they are now. */
  trackers(): readonly string[];
  lease(digest: Digest): Lease | undefined;
  readonly leases: Pick<LeaseBoard, "change">;
  readonly sources: Pick<LayerSources, "begun" | "done" | "of">;
  /** The hashes of a layer from the node that fetched it; undefined when nobody can say. */
  issuerHashes(layer: Descriptor, signal: AbortSignal): Promise<Uint8Array | undefined>;
  /** The way to the registry that a lease opens. */
  fetchUnder(lease: Lease, layer: Descriptor): Fallback;
};

/**
 * An assigned image: its documents came with the assignment, its layers come from the swarm. Under a lease a layer is taken
 * from the registry where no peer brings it, also when the lease comes while the layer is on its way.
 */
export function createAssignedOrigin(image: AssignedImage, deps: AssignedOriginDeps): Origin {
  const { swarm, sources } = deps;

  async function document(_: Reference, { digest }: Descriptor): Promise<Uint8Array> {
    const bytes = image.documents.get(digest);
    if (bytes !== undefined) return bytes;
    throw new AgentError("NOT_READY", `the controller's assignment lacks ${digest}`);
  }

  /** One attempt, which ends early when the lease changes. `begun` has what was here before the first. */
  async function download(
    layer: Descriptor,
    sink: LayerSink,
    begun: { resumedBytes?: number },
    signal: AbortSignal,
  ): Promise<LayerDelivery> {
    const { digest, size } = layer;
    const lease = deps.lease(digest);
    const registryBefore = sources.of(digest, 0, image.manifest.digest).registryBytes;
    const onProgress = ({ completedBytes, resumedBytes }: Progress) => {
      begun.resumedBytes ??= resumedBytes;
      sink.progress(completedBytes);
    };
    const fallback = lease && deps.fetchUnder(lease, layer);
    const options = {
      trackers: deps.trackers(),
      ...(fallback && { fallback }),
      issuerHashes: (stop: AbortSignal) => deps.issuerHashes(layer, stop),
      onProgress,
    };
    if (swarm.downloadNamed === undefined) throw new Error("the engine knows no layers by name");
    const named = { name: hexOf(digest), size };
    const result = await swarm.downloadNamed(named, sink.file, options, signal);
    const resumedBytes = begun.resumedBytes ?? result.resumedBytes;
    const earlier = Math.max(0, result.resumedBytes - resumedBytes - registryBefore);
    const peerBytes = result.peerBytes + earlier;
    sources.done(digest, peerBytes);
    const { registryBytes } = sources.of(digest, size, image.manifest.digest);
    return { torrent: result.torrent, registryBytes, peerBytes, resumedBytes };
  }

  return {
    kind: "seeder",
    resolve: async (reference) => ({
      descriptor: image.top,
      bytes: await document(reference, image.top),
      trackers: deps.trackers(),
    }),
    document,
    async layer({ layer }, sink, signal) {
      sink.step("STEP_START_TORRENT");
      sources.begun(layer.digest, image.manifest.digest);
      const begun = {};
      while (true) {
        const change = deps.leases.change(layer.digest);
        try {
          return await download(layer, sink, begun, AbortSignal.any([signal, change]));
        } catch (error) {
          signal.throwIfAborted();
          // What was verified is kept, so it goes on from there.
          if (!(error instanceof LeaseChanged)) throw error;
        }
      }
    },
    async close() {},
  };
}

/** Of an image that nobody assigned: this node's images are the controller's business. */
export function createUnassignedOrigin(name: string): Origin {
  const refuse = (): Promise<never> =>
    Promise.reject(
      new AgentError(
        "IMAGE_UNKNOWN",
        `${name} is not assigned to this node: make an ImageDistribution that selects it`,
      ),
    );
  return { kind: "seeder", resolve: refuse, document: refuse, layer: refuse, async close() {} };
}
