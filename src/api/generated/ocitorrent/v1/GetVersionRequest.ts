// Original file: src/api/proto/oci_torrent.proto


export interface GetVersionRequest {
}

export interface GetVersionRequest__Output {
}
