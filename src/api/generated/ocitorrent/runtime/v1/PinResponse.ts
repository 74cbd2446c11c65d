// Original file: src/api/proto/runtime.proto


export interface PinResponse {
}

export interface PinResponse__Output {
}
