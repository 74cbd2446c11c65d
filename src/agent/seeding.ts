import { createReadStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import {
  createPieceHasher,
  createTorrent,
  type Explanation,
  encodeMetainfo,
  parseMetainfo,
  type Swarm,
  swarmName,
  type Torrent,
} from "../bt/index.ts";
import { type Descriptor, type Digest, type FileBlobStore, hexOf } from "../oci/index.ts";
import { readFileIfExists, writeFileAtomic } from "../runtime/index.ts";
import { createLayerTap, type LayerTap } from "./layer-tap.ts";

/** Serves stored blobs to the swarm, and keeps their `.torrent` files. */
export interface Seeding {
  /** Layers are served while they are being fetched. */
  readonly cutThrough: boolean;
  /**
   * Serves a stored blob; without a torrent, the one of its `.torrent` file is used, and only where that is missing
   * the blob is read for its piece hashes. A blob that is served already stays so.
   */
  serve(
    blob: Descriptor,
    torrent: Torrent | undefined,
    trackers: readonly string[],
    signal: AbortSignal,
  ): Promise<void>;
  /** Listens to a layer that is being fetched into `file`, and serves what there is of it where the engine can. */
  tap(blob: Descriptor, file: string, trackers: readonly string[]): Promise<LayerTap>;
  /** The piece hashes so far of a layer that is being fetched. */
  hashesOf(digest: Digest): Uint8Array | undefined;
  withdraw(digest: Digest): Promise<void>;
  isServing(digest: Digest): boolean;
  infoHashOf(digest: Digest): string | undefined;
  /** Why the swarm does not go on with a blob; undefined when it does not have it. There with engines that can tell. */
  explain?(blob: Descriptor): Explanation | undefined;
  /** The bytes of the `.torrent` file, once the blob was complete. */
  metainfo(digest: Digest): Promise<Uint8Array | undefined>;
  /** Whether a tracker of ours should know this swarm. */
  knows(infoHash: string): boolean;
  /** The blob and its `.torrent` are gone. */
  forget(digest: Digest): Promise<void>;
}

export type SeedingDeps = {
  readonly swarm: Swarm;
  readonly store: FileBlobStore;
  readonly torrentsDirectory: string;
  /** A blob that is served is not what it was. */
  readonly onDamaged?: (digest: Digest) => void;
};

const READ_BYTES = 1024 * 1024;

export function createSeeding(deps: SeedingDeps): Seeding {
  const { swarm, store, torrentsDirectory, onDamaged = () => {} } = deps;
  const serving = new Map<Digest, Torrent>();
  /** By several images at once, as when a daemon takes up what it had. */
  const beginning = new Map<Digest, Promise<void>>();
  const taps = new Map<Digest, LayerTap>();
  const admitted = new Set<string>();
  const fileOf = (digest: Digest) => join(torrentsDirectory, `${hexOf(digest)}.torrent`);

  async function recall(blob: Descriptor): Promise<Torrent | undefined> {
    const bytes = await readFileIfExists(fileOf(blob.digest));
    try {
      return bytes && parseMetainfo(bytes, { digest: hexOf(blob.digest), size: blob.size }).torrent;
    } catch {
      // A damaged file of our own is made again from the blob.
      return undefined;
    }
  }

  /** Both names of a swarm: agents meet by the one, foreign clients by the other. */
  function admit(blob: Descriptor, torrent?: Torrent): void {
    if (swarm.capabilities.cutThrough) admitted.add(swarmName(namedBlob(blob)));
    if (torrent !== undefined) admitted.add(torrent.infoHash);
  }

  async function begin(
    blob: Descriptor,
    given: Torrent | undefined,
    trackers: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const { digest } = blob;
    const torrent = given ?? (await recall(blob)) ?? (await hashStored(store, blob, signal));
    await writeFileAtomic(fileOf(digest), encodeMetainfo(torrent, trackers));
    admit(blob, torrent);
    await swarm.seed(torrent, store.path(digest), trackers, () => onDamaged(digest));
    serving.set(digest, torrent);
  }

  /** Settles, never rejects, when another's attempt is over: it may fail where ours does not. */
  const attempt = (digest: Digest) => beginning.get(digest)?.catch(() => {});

  async function withdraw(digest: Digest): Promise<void> {
    while (beginning.has(digest)) await attempt(digest);
    const torrent = serving.get(digest);
    if (torrent === undefined) return;
    serving.delete(digest);
    admitted.delete(torrent.infoHash);
    admitted.delete(swarmName(torrent));
    await swarm.drop(torrent.infoHash);
  }

  return {
    cutThrough: swarm.capabilities.cutThrough,
    async tap(blob, file, trackers) {
      // What is fetched again is no longer right where it is.
      await withdraw(blob.digest);
      admit(blob);
      const growing = await swarm.seedGrowing?.(namedBlob(blob), file, trackers);
      const tap = createLayerTap(blob, growing);
      taps.set(blob.digest, tap);
      return {
        ...tap,
        complete: () => tap.complete().finally(() => taps.delete(blob.digest)),
        abandon: () => tap.abandon().finally(() => taps.delete(blob.digest)),
      };
    },
    hashesOf: (digest) => taps.get(digest)?.hashes(),
    async serve(blob, given, trackers, signal) {
      while (beginning.has(blob.digest)) await attempt(blob.digest);
      if (blob.size === 0 || serving.has(blob.digest)) return;
      const begun = begin(blob, given, trackers, signal).finally(() =>
        beginning.delete(blob.digest),
      );
      beginning.set(blob.digest, begun);
      await begun;
    },
    withdraw,
    isServing: (digest) => serving.has(digest),
    infoHashOf: (digest) => serving.get(digest)?.infoHash,
    ...(swarm.explain && { explain: (blob) => swarm.explain?.(namedBlob(blob)) }),
    metainfo: (digest) => readFileIfExists(fileOf(digest)),
    knows: (infoHash) => admitted.has(infoHash),
    forget: (digest) => rm(fileOf(digest), { force: true }),
  };
}

const namedBlob = ({ digest, size }: Descriptor) => ({ name: hexOf(digest), size });

async function hashStored(
  store: FileBlobStore,
  blob: Descriptor,
  signal: AbortSignal,
): Promise<Torrent> {
  const hasher = createPieceHasher(blob.size);
  const stream = createReadStream(store.path(blob.digest), { highWaterMark: READ_BYTES, signal });
  for await (const chunk of stream) hasher.update(chunk as Buffer);
  return createTorrent({ name: hexOf(blob.digest), size: blob.size, pieces: hasher.finish() });
}
