// Original file: src/api/proto/runtime.proto


export interface WriteHostsResponse {
  'outcome'?: (string);
  'directory'?: (string);
}

export interface WriteHostsResponse__Output {
  'outcome': (string);
  'directory': (string);
}
