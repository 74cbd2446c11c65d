// Original file: src/api/proto/oci_torrent.proto


export interface Finding {
  'code'?: (string);
  'text'?: (string);
}

export interface Finding__Output {
  'code': (string);
  'text': (string);
}
