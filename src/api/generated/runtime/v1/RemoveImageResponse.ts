// Original file: src/api/proto/cri.proto


export interface RemoveImageResponse {
}

export interface RemoveImageResponse__Output {
}
