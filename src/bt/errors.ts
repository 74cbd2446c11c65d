export type BtErrorCode =
  | "BENCODE_INVALID"
  | "METAINFO_INVALID"
  | "SIZE_MISMATCH"
  | "TORRENT_UNKNOWN"
  | "STORAGE_FAILED"
  | "DIGEST_MISMATCH"
  | "DISK_FULL"
  | "LISTEN_FAILED"
  | "TRACKER_FAILED"
  | "SWARM_CLOSED";

export class BtError extends Error {
  override readonly name = "BtError";
  readonly code: BtErrorCode;
  constructor(code: BtErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
