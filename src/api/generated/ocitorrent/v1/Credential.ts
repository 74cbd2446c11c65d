// Original file: src/api/proto/oci_torrent.proto


export interface Credential {
  'username'?: (string);
  'password'?: (string);
  'identityToken'?: (string);
}

export interface Credential__Output {
  'username': (string);
  'password': (string);
  'identityToken': (string);
}
