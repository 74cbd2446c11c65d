// Original file: src/api/proto/cri.proto


export interface AuthConfig {
  'username'?: (string);
  'password'?: (string);
  'serverAddress'?: (string);
}

export interface AuthConfig__Output {
  'username': (string);
  'password': (string);
  'serverAddress': (string);
}
