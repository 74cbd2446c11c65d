// Original file: src/api/proto/oci_torrent.proto


export interface GetBlobRequest {
  'digest'?: (string);
}

export interface GetBlobRequest__Output {
  'digest': (string);
}
