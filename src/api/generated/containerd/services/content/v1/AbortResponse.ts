// Original file: src/api/proto/containerd_content.proto


export interface AbortResponse {
}

export interface AbortResponse__Output {
}
