// Original file: src/api/proto/containerd_images.proto


export interface DeleteImageResponse {
}

export interface DeleteImageResponse__Output {
}
