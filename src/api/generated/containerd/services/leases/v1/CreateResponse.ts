// Original file: src/api/proto/containerd_leases.proto


export interface CreateResponse {
}

export interface CreateResponse__Output {
}
