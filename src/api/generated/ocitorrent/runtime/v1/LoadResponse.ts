// Original file: src/api/proto/runtime.proto


export interface LoadResponse {
}

export interface LoadResponse__Output {
}
