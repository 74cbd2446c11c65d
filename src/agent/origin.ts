import type { Step } from "../api/index.ts";
import type { Torrent } from "../bt/index.ts";
import type { Descriptor, Reference } from "../oci/index.ts";

/** What a reference is, with the bytes of the index or manifest that it names. */
export type Resolved = {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
  /** Announce URLs that come with the image; none when the daemon's own are used. */
  readonly trackers: readonly string[];
};

export type LayerRequest = {
  readonly reference: Reference;
  readonly layer: Descriptor;
  /** Announce URLs of its swarm. */
  readonly trackers: readonly string[];
};

/** Where a layer goes, and who hears how far it is. */
export type LayerSink = {
  /** May hold what an earlier run left; the origin keeps of it what it can prove. */
  readonly file: string;
  step(step: Step): void;
  /** Verified bytes, or such as are verified with the whole. */
  progress(completedBytes: number): void;
};

export type LayerDelivery = {
  /** Absent while BitTorrent is off. */
  readonly torrent?: Torrent;
  readonly registryBytes: number;
  readonly peerBytes: number;
  /** Verified bytes that were in the file before. */
  readonly resumedBytes: number;
};

/** Where an image comes from: its registry, or a seeder and the swarm. Everything that it gives is verified. */
export interface Origin {
  readonly kind: "registry" | "seeder";
  /** Waits for what must be waited for, and says so through `onWait`. */
  resolve(
    reference: Reference,
    onWait: (text: string) => void,
    signal: AbortSignal,
  ): Promise<Resolved>;
  /** An index, a manifest or a config. */
  document(reference: Reference, descriptor: Descriptor, signal: AbortSignal): Promise<Uint8Array>;
  /** Fills the sink's file; resolves when its SHA-256 is the descriptor's digest. */
  layer(request: LayerRequest, sink: LayerSink, signal: AbortSignal): Promise<LayerDelivery>;
  close(): Promise<void>;
}
