// Original file: src/api/proto/runtime.proto


export interface WriteHostsRequest {
  'address'?: (string);
}

export interface WriteHostsRequest__Output {
  'address': (string);
}
