// Original file: src/api/proto/oci_torrent.proto


export interface GetTorrentRequest {
  'digest'?: (string);
  'withHashes'?: (boolean);
}

export interface GetTorrentRequest__Output {
  'digest': (string);
  'withHashes': (boolean);
}
