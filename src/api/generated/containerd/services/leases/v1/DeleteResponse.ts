// Original file: src/api/proto/containerd_leases.proto


export interface DeleteResponse {
}

export interface DeleteResponse__Output {
}
