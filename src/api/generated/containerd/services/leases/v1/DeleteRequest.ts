// Original file: src/api/proto/containerd_leases.proto


export interface DeleteRequest {
  'id'?: (string);
}

export interface DeleteRequest__Output {
  'id': (string);
}
