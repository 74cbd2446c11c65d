// Original file: src/api/proto/oci_torrent.proto


export interface ImportRequest {
  'source'?: (string);
  'reference'?: (string);
}

export interface ImportRequest__Output {
  'source': (string);
  'reference': (string);
}
