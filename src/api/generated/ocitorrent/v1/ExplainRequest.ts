// Original file: src/api/proto/oci_torrent.proto


export interface ExplainRequest {
  'reference'?: (string);
}

export interface ExplainRequest__Output {
  'reference': (string);
}
