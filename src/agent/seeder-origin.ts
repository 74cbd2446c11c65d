import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { rm } from "node:fs/promises";
import type { Platform__Output as PlatformMessage } from "../api/index.ts";
import { type DownloadOptions, parseMetainfo, type Swarm } from "../bt/index.ts";
import { type Descriptor, digestOf, hexOf, OciError, parseDigest } from "../oci/index.ts";
import { AgentError } from "./errors.ts";
import { layerFallback, type RegistryFallback } from "./fallback-origin.ts";
import type { Wanted } from "./image-plan.ts";
import type { LayerDelivery, LayerSink, Origin } from "./origin.ts";
import type { Seeders } from "./seeders.ts";

export type SeederOriginDeps = {
  readonly seeders: Seeders;
  readonly swarm: Swarm;
  /** What a seeder that fetches on request is asked for. */
  readonly wanted: Wanted;
  /** How long to wait for a seeder that knows the image. */
  readonly waitMs: number;
  /** Where a layer is taken from when peers give nothing; nowhere unless it is given. */
  readonly fallback?: RegistryFallback;
};

/** Longer than it takes to answer, shorter than people wait without a word. */
const SAY_SO_AFTER_MS = 1_000;
const READ_BYTES = 1024 * 1024;

/** The image's documents from a seeder, its layers from the swarm. Without a fallback its registry is never asked. */
export function createSeederOrigin(deps: SeederOriginDeps): Origin {
  const { seeders, swarm, wanted, waitMs, fallback } = deps;
  /** Which platforms the seeder has of the image; none when it has all or has not been asked. */
  let held: readonly PlatformMessage[] = [];
  /** Whether the seeder serves layers while it fetches them. */
  let byName = false;

  async function document(descriptor: Descriptor, signal: AbortSignal): Promise<Uint8Array> {
    const bytes = await seeders.document(descriptor, signal).catch((error: unknown) => {
      throw withPlatforms(error, held);
    });
    if (digestOf(bytes) === descriptor.digest) return bytes;
    throw corrupt(descriptor, "a seeder sent other bytes");
  }

  async function byTorrent(
    layer: Descriptor,
    metainfo: Uint8Array,
    { file }: LayerSink,
    options: DownloadOptions,
    signal: AbortSignal,
  ): Promise<LayerDelivery> {
    const expected = { digest: hexOf(layer.digest), size: layer.size };
    const { torrent } = parseMetainfo(metainfo, expected);
    const result = await swarm.download(torrent, file, options, signal);
    if (result.proven === true || (await hasDigest(file, layer, signal))) {
      return { ...result, torrent, registryBytes: 0 };
    }
    await swarm.drop(torrent.infoHash);
    await rm(file, { force: true });
    throw corrupt(layer, "its pieces match the torrent, so the seeder's torrent is of other bytes");
  }

  async function transfer(
    layer: Descriptor,
    sink: LayerSink,
    options: DownloadOptions,
    signal: AbortSignal,
  ): Promise<LayerDelivery> {
    const { downloadNamed } = swarm;
    sink.step("STEP_GET_TORRENT");
    // With a fallback nobody need be there who knows the torrent.
    if ((byName || fallback !== undefined) && downloadNamed !== undefined) {
      const metainfo = await seeders.metainfoNow(layer, signal);
      sink.step("STEP_START_TORRENT");
      if (metainfo !== undefined) return await byTorrent(layer, metainfo, sink, options, signal);
      const issuerHashes = (either: AbortSignal) => seeders.hashes(layer, either);
      const named = { name: hexOf(layer.digest), size: layer.size };
      const all = { ...options, issuerHashes };
      const result = await downloadNamed.call(swarm, named, sink.file, all, signal);
      return { ...result, registryBytes: 0 };
    }
    const metainfo = await seeders.metainfo(layer, () => {}, signal);
    sink.step("STEP_START_TORRENT");
    return await byTorrent(layer, metainfo, sink, options, signal);
  }

  return {
    kind: "seeder",
    async resolve(reference, onWait, signal) {
      const seconds = Math.ceil(waitMs / 1_000);
      const sayWaiting = () =>
        onWait(`waiting up to ${seconds} s for the image to be started at ${seeders.names}`);
      const timer = setTimeout(sayWaiting, SAY_SO_AFTER_MS);
      try {
        const found = await seeders.resolve(reference, wanted, waitMs, signal);
        const { mediaType, digest, size, trackers } = found;
        held = found.platforms;
        byName = found.cutThrough;
        const descriptor = { mediaType, digest: parseDigest(digest), size };
        return { descriptor, bytes: await document(descriptor, signal), trackers };
      } finally {
        clearTimeout(timer);
      }
    },
    document: (_reference, descriptor, signal) => document(descriptor, signal),
    async layer({ reference, layer, trackers }, sink, signal) {
      let registryBytes = 0;
      const onReceived = (bytes: number) => {
        registryBytes += bytes;
      };
      const options = {
        trackers,
        ...(fallback && { fallback: layerFallback(fallback, reference, layer, onReceived) }),
        onProgress: ({ completedBytes }: { readonly completedBytes: number }) =>
          sink.progress(completedBytes),
      };
      const delivery = await transfer(layer, sink, options, signal);
      return { ...delivery, registryBytes };
    },
    async close() {},
  };
}

async function hasDigest(
  file: string,
  { digest }: Descriptor,
  signal: AbortSignal,
): Promise<boolean> {
  const hash = createHash("sha256");
  const stream = createReadStream(file, { highWaterMark: READ_BYTES, signal });
  for await (const chunk of stream) hash.update(chunk as Buffer);
  return hash.digest("hex") === hexOf(digest);
}

/** A document that the seeder lacks is most likely that of another platform than it was started for. */
function withPlatforms(error: unknown, held: readonly PlatformMessage[]): unknown {
  if (!(error instanceof AgentError) || error.code !== "IMAGE_UNKNOWN" || held.length === 0)
    return error;
  const names = held.map(({ os, architecture, variant }) =>
    [os, architecture, ...(variant === "" ? [] : [variant])].join("/"),
  );
  return new AgentError(
    "IMAGE_UNKNOWN",
    `${error.message}; the seeder has ${names.join(", ")} of this image alone: start it there with --platform or --all-platforms`,
    { cause: error },
  );
}

const corrupt = ({ digest }: Descriptor, why: string): OciError =>
  new OciError("BLOB_CORRUPT", `could not take ${digest}: ${why}: try another seeder`);
