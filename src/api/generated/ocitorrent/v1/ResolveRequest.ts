// Original file: src/api/proto/oci_torrent.proto


export interface ResolveRequest {
  'reference'?: (string);
  'waitSeconds'?: (number);
}

export interface ResolveRequest__Output {
  'reference': (string);
  'waitSeconds': (number);
}
