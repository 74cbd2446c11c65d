// Original file: src/api/proto/oci_torrent.proto


export interface GetVersionResponse {
  'version'?: (string);
  'nodeVersion'?: (string);
  'engine'?: (string);
  'role'?: (string);
}

export interface GetVersionResponse__Output {
  'version': (string);
  'nodeVersion': (string);
  'engine': (string);
  'role': (string);
}
