// Original file: src/api/proto/oci_torrent.proto


export interface GetTorrentResponse {
  'metainfo'?: (Buffer | Uint8Array | string);
}

export interface GetTorrentResponse__Output {
  'metainfo': (Buffer);
}
