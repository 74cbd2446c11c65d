// Original file: src/api/proto/oci_torrent.proto


export interface VerifyRequest {
  'reference'?: (string);
}

export interface VerifyRequest__Output {
  'reference': (string);
}
