// Original file: src/api/proto/oci_torrent.proto


export interface StatusRequest {
  'reference'?: (string);
}

export interface StatusRequest__Output {
  'reference': (string);
}
