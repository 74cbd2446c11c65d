export { BtError, type BtErrorCode } from "./errors.ts";
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
  Progress,
  Rates,
  Swarm,
  SwarmStats,
  Torrent,
} from "./swarm.ts";
export { createTorrent, encodeMetainfo, pieceCount, pieceLength } from "./torrent.ts";
