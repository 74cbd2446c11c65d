// Original file: src/api/proto/runtime.proto


export interface ImportResponse {
}

export interface ImportResponse__Output {
}
