import { Counter, Gauge, type Registry } from "prom-client";
import type { Swarm } from "../bt/index.ts";
import type { ImageState } from "./image-state.ts";
import type { Images } from "./images.ts";

const states: readonly ImageState["state"][] = [
  "resolving",
  "transferring",
  "paused",
  "seeding",
  "complete",
  "stopped",
  "failed",
];

/** The daemon's counters; labels come from small fixed sets, never from names, digests or peers. */
export function registerMetrics(register: Registry) {
  return {
    receivedBytes: new Counter({
      name: "oci_torrent_received_bytes_total",
      help: "Bytes of layers received, by source.",
      labelNames: ["source"],
      registers: [register],
    }),
    corruptBlobs: new Counter({
      name: "oci_torrent_corrupt_blobs_total",
      help: "Stored blobs that were found not to have their digest, and were set aside.",
      registers: [register],
    }),
    grpcFailures: new Counter({
      name: "oci_torrent_grpc_failures_total",
      help: "Calls that ended with an error that is not the caller's.",
      registers: [register],
    }),
  };
}

/** What is read when somebody asks. */
export function registerGauges(
  register: Registry,
  { images, swarm }: { images: Images; swarm: Swarm | undefined },
): void {
  new Gauge({
    name: "oci_torrent_images",
    help: "Images by state.",
    labelNames: ["state"],
    registers: [register],
    collect() {
      const views = images.views();
      for (const state of states) {
        this.set({ state }, views.filter((view) => view.state.state === state).length);
      }
    },
  });
  if (swarm !== undefined) registerSwarmMetrics(register, swarm);
}

export type Metrics = ReturnType<typeof registerMetrics>;

function registerSwarmMetrics(register: Registry, swarm: Swarm): void {
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [register],
      collect() {
        this.set(read());
      },
    });
  gauge(
    "oci_torrent_torrents",
    "Torrents that are served or downloaded.",
    () => swarm.stats().torrents,
  );
  gauge("oci_torrent_peers", "Connections to peers.", () => swarm.stats().peers);
  gauge(
    "oci_torrent_uploaded_bytes",
    "Payload sent to peers since the start.",
    () => swarm.stats().uploadedBytes,
  );
  gauge(
    "oci_torrent_wasted_bytes",
    "Received and thrown away: a bad hash or a duplicate.",
    () => swarm.stats().wastedBytes,
  );
  gauge("oci_torrent_bad_pieces", "Pieces that failed their hash.", () => swarm.stats().badPieces);
}
