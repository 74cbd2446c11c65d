export type { OpenFile } from "./blob-file.ts";
export { BtError, type BtErrorCode } from "./errors.ts";
export { createLeanSwarm, type LeanSwarm, type LeanSwarmOptions } from "./lean/engine.ts";
export type { LeanEvent } from "./lean/lean-event.ts";
export type { PeerTls } from "./lean/transport.ts";
export {
  MAX_METAINFO_BYTES,
  type Metainfo,
  type MetainfoExpectation,
  parseMetainfo,
} from "./metainfo.ts";
export { createPieceHasher, type PieceHasher } from "./piece-hasher.ts";
export type {
  Capabilities,
  DownloadOptions,
  DownloadResult,
  Explanation,
  Fallback,
  GrowingBlob,
  ImageOrder,
  NamedBlob,
  NamedDownloadOptions,
  NamedDownloadResult,
  PeerLink,
  Progress,
  Rates,
  Swarm,
  SwarmStats,
  Torrent,
} from "./swarm.ts";
export { swarmName } from "./swarm-name.ts";
export { createTorrent, encodeMetainfo, pieceCount, pieceLength } from "./torrent.ts";
export {
  createTracker,
  TRACKER_LIMITS,
  type Tracker,
  type TrackerLimits,
  type TrackerOptions,
  type TrackerStats,
} from "./tracker-server.ts";
export type { TrackedPeer } from "./tracker-swarm.ts";
export type { SwarmEvent } from "./webtorrent/swarm-event.ts";
export type { ShellSwarmOptions as WebTorrentSwarmOptions } from "./webtorrent/swarm-shell.ts";
export { createWebTorrentSwarm } from "./webtorrent/webtorrent-swarm.ts";
