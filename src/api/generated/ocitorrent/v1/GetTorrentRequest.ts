// Original file: src/api/proto/oci_torrent.proto


export interface GetTorrentRequest {
  'digest'?: (string);
}

export interface GetTorrentRequest__Output {
  'digest': (string);
}
