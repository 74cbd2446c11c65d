// Original file: src/api/proto/oci_torrent.proto


export interface ExportRequest {
  'reference'?: (string);
  'target'?: (string);
}

export interface ExportRequest__Output {
  'reference': (string);
  'target': (string);
}
